package inside

import (
	"context"
	"io"
	"os"
	"os/signal"

	"github.com/charmbracelet/x/term"
	"github.com/muesli/cancelreader"
	"golang.org/x/sys/unix"

	"berth/backend/engine"
	"berth/model"
)

// shellCommand finds the best shell an image has.
var shellCommand = []string{"/bin/sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash -l; exec sh -l"}

// Shell runs an interactive shell in the instance on the given terminal until it ends.
func (a *Access) Shell(ctx context.Context, id model.InstanceID, in io.Reader, out io.Writer) error {
	_, err := a.Terminal(ctx, id, shellCommand, in, out)
	return err
}

// Terminal runs a command in the instance on the given terminal, which is raw meanwhile, and returns its
// exit code.
func (a *Access) Terminal(ctx context.Context, id model.InstanceID, command []string, in io.Reader, out io.Writer) (int, error) {
	i, err := a.made(ctx, id)
	if err != nil {
		return 0, err
	}
	env := []string{"TERM=" + os.Getenv("TERM")}
	e, err := a.Engine.Exec(ctx, i.Container, engine.ExecRequest{Cmd: command, Env: env, TTY: true, Stdin: true})
	if err != nil {
		return 0, refused(i, err)
	}
	defer e.Close() //nolint:errcheck // the shell's end is what counts
	if f, ok := in.(*os.File); ok && term.IsTerminal(f.Fd()) {
		before, err := term.MakeRaw(f.Fd())
		if err != nil {
			return 0, err
		}
		defer term.Restore(f.Fd(), before) //nolint:errcheck // nobody is left to tell
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		go follow(ctx, e, f.Fd())
	}
	defer typed(e, in)()
	if err := e.Copy(out, out); err != nil {
		return 0, err
	}
	return e.Wait(ctx)
}

// typed hands what is typed to a command until it is stopped. Without that the copying would go on waiting after
// the command's end, and take the first key that is meant for whoever has the terminal then.
func typed(e *engine.Exec, in io.Reader) (stop func()) {
	keys, err := cancelreader.NewReader(in)
	if err != nil { // a file, which can't be waited for and in which nobody types
		go func() { _, _ = io.Copy(e.Stdin, in) }()
		return func() {}
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(e.Stdin, keys) // ends with the command, or by stop
	}()
	return func() {
		_ = e.Close() // a write that waits for the command ends too
		if keys.Cancel() {
			<-copied
		}
		_ = keys.Close() // its own descriptors, not the terminal
	}
}

// follow gives a command's terminal the size of ours, whenever that changes.
func follow(ctx context.Context, e *engine.Exec, fd uintptr) {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, unix.SIGWINCH)
	defer signal.Stop(changed)
	for {
		if w, h, err := term.GetSize(fd); err == nil {
			_ = e.Resize(ctx, w, h) // one that has ended has no size
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

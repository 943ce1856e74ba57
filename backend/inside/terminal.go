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

// shellCommand runs Bash if the image has it, else sh.
var shellCommand = []string{"/bin/sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash -l; exec sh -l"}

// Shell runs an interactive shell in the instance on the given terminal until the shell ends.
func (a *Access) Shell(ctx context.Context, id model.InstanceID, in io.Reader, out io.Writer) error {
	_, err := a.Terminal(ctx, id, shellCommand, in, out)
	return err
}

// Terminal runs a command in the instance on the given terminal and returns its exit code. Meanwhile the terminal is in
// raw mode.
func (a *Access) Terminal(ctx context.Context, id model.InstanceID, command []string, in io.Reader, out io.Writer) (int, error) {
	i, err := a.withContainer(ctx, id)
	if err != nil {
		return 0, err
	}
	env := []string{"TERM=" + os.Getenv("TERM")}
	e, err := a.Engine.Exec(ctx, i.Container, engine.ExecRequest{Cmd: command, Env: env, TTY: true, Stdin: true})
	if err != nil {
		return 0, refused(i, err)
	}
	defer e.Close() //nolint:errcheck // the shell's exit code is what counts
	if f, ok := in.(*os.File); ok && term.IsTerminal(f.Fd()) {
		before, err := term.MakeRaw(f.Fd())
		if err != nil {
			return 0, err
		}
		defer term.Restore(f.Fd(), before) //nolint:errcheck // an error could not be shown
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		go follow(ctx, e, f.Fd())
	}
	defer typed(e, in)()
	if err := e.Copy(out, out); err != nil {
		return 0, refused(i, err)
	}
	return exited(ctx, e, i, command)
}

// typed copies what is typed to a command until stop is called. Without stop, the copying would still be reading after
// the command's end and would take the next key, which is for another reader of the terminal.
func typed(e *engine.Exec, in io.Reader) (stop func()) {
	keys, err := cancelreader.NewReader(in)
	if err != nil { // in is a regular file, which can't be polled and where nobody types
		go func() { _, _ = io.Copy(e.Stdin, in) }()
		return func() {}
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(e.Stdin, keys) // ends with the command or by stop
	}()
	return func() {
		_ = e.Close() // ends a write that waits for the command
		if keys.Cancel() {
			<-copied
		}
		_ = keys.Close() // closes the reader's own descriptors, not the terminal
	}
}

// follow keeps the command's terminal at the size of this one.
func follow(ctx context.Context, e *engine.Exec, fd uintptr) {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, unix.SIGWINCH)
	defer signal.Stop(changed)
	for {
		if w, h, err := term.GetSize(fd); err == nil {
			_ = e.Resize(ctx, w, h) // it fails if the command has ended
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

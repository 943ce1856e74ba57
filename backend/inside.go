package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/muesli/cancelreader"
	"golang.org/x/sys/unix"

	"berth/backend/engine"
	"berth/model"
)

// onStartLog is where the launcher writes what the on-start script says.
const onStartLog = "/var/log/onstart.log"

// Logs is the instance's output, or what its on-start script wrote; closing the reader ends it.
func (m *Machine) Logs(ctx context.Context, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error) {
	i, err := m.made(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.OnStart {
		return m.onStartLog(ctx, i, r)
	}
	return m.engine.Logs(ctx, i.Container, engine.LogOptions{Follow: r.Follow, Tail: r.Tail, Timestamps: r.Timestamps})
}

// Exec runs a command in a running instance on the given streams and returns its exit code. in may be nil.
func (m *Machine) Exec(ctx context.Context, id model.InstanceID, command []string, in io.Reader, out, errs io.Writer) (int, error) {
	i, err := m.made(ctx, id)
	if err != nil {
		return 0, err
	}
	e, err := m.engine.Exec(ctx, i.Container, engine.ExecRequest{Cmd: command, Stdin: in != nil})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", id, err)
	}
	defer e.Close() //nolint:errcheck // the command's end is what counts
	if in != nil {
		go func() { // ends with the command: closing the exec ends the write, the process the read
			_, _ = io.Copy(e.Stdin, in)
			_ = e.Stdin.Close()
		}()
	}
	if err := e.Copy(out, errs); err != nil {
		return 0, err
	}
	return e.Wait(ctx)
}

// shellCommand finds the best shell an image has.
var shellCommand = []string{"/bin/sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash -l; exec sh -l"}

// Shell runs an interactive shell in the instance on the given terminal until it ends.
func (m *Machine) Shell(ctx context.Context, id model.InstanceID, in io.Reader, out io.Writer) error {
	_, err := m.Terminal(ctx, id, shellCommand, in, out)
	return err
}

// Terminal runs a command in the instance on the given terminal, which is raw meanwhile, and returns its
// exit code.
func (m *Machine) Terminal(ctx context.Context, id model.InstanceID, command []string, in io.Reader, out io.Writer) (int, error) {
	i, err := m.made(ctx, id)
	if err != nil {
		return 0, err
	}
	env := []string{"TERM=" + os.Getenv("TERM")}
	e, err := m.engine.Exec(ctx, i.Container, engine.ExecRequest{Cmd: command, Env: env, TTY: true, Stdin: true})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", id, err)
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

// made returns an instance that has a container.
func (m *Machine) made(ctx context.Context, id model.InstanceID) (model.Instance, error) {
	i, err := m.ledger.Instance(ctx, id)
	switch {
	case err != nil || i.Container != "":
	case i.Phase == model.PhaseFailed || i.Phase == model.PhaseLost:
		err = fmt.Errorf("%s: %w: it has no container (%s): %s", id, model.ErrNotAllowed, i.Status(), i.Message)
	default:
		err = fmt.Errorf("%s: %w: it has no container yet (%s)", id, model.ErrNotAllowed, i.Status())
	}
	return i, err
}

// onStartLog reads the script's log from the container's file system, which works on a stopped one too;
// following it takes a running one.
func (m *Machine) onStartLog(ctx context.Context, i model.Instance, r model.LogRequest) (io.ReadCloser, error) {
	if !i.Order.Mode.Launcher() {
		return nil, fmt.Errorf("%s: %w: only ssh and jupyter instances run an on-start script", i.ID, model.ErrNotAllowed)
	}
	if r.Follow && i.Phase == model.PhaseRunning {
		return m.tail(ctx, i, r)
	}
	archive, err := m.engine.CopyFrom(ctx, i.Container, onStartLog)
	if errors.Is(err, engine.ErrNotFound) {
		return io.NopCloser(strings.NewReader("")), nil // it hasn't said anything yet
	}
	if err != nil {
		return nil, err
	}
	return unpackOne(archive)
}

// Package attach puts a command that runs elsewhere on the terminal of this process.
package attach

import (
	"context"
	"io"
	"os"
	"os/signal"

	"github.com/charmbracelet/x/term"
	"github.com/muesli/cancelreader"
	"golang.org/x/sys/unix"
)

// A Command is one that runs on a terminal elsewhere.
type Command struct {
	Stdin  io.Writer
	Resize func(ctx context.Context, width, height int) error // in characters
	Close  func() error                                       // also ends a write to Stdin that waits for the command
}

// Terminal passes what is typed to a command, and tells it how large the terminal is, until stop is called. Meanwhile
// the terminal is in raw mode. in may be something else than a terminal; then it is passed on only.
func Terminal(ctx context.Context, c Command, in io.Reader) (stop func(), err error) {
	restore := func() {}
	if f, ok := in.(*os.File); ok && term.IsTerminal(f.Fd()) {
		before, err := term.MakeRaw(f.Fd())
		if err != nil {
			return nil, err
		}
		ctx, end := context.WithCancel(ctx)
		go follow(ctx, c, f.Fd())
		restore = func() {
			end()
			_ = term.Restore(f.Fd(), before) // an error could not be shown
		}
	}
	untyped := typed(c, in)
	return func() {
		untyped()
		restore()
	}, nil
}

// typed copies what is typed to a command until stop is called. Without stop, the copying would still be reading after
// the command's end and would take the next key, which is for another reader of the terminal.
func typed(c Command, in io.Reader) (stop func()) {
	keys, err := cancelreader.NewReader(in)
	if err != nil { // in is a regular file, which can't be polled and where nobody types
		go func() { _, _ = io.Copy(c.Stdin, in) }()
		return func() {}
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(c.Stdin, keys) // ends with the command or by stop
	}()
	return func() {
		_ = c.Close()
		if keys.Cancel() {
			<-copied
		}
		_ = keys.Close() // closes the reader's own descriptors, not the terminal
	}
}

// follow keeps the command's terminal at the size of this one.
func follow(ctx context.Context, c Command, fd uintptr) {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, unix.SIGWINCH)
	defer signal.Stop(changed)
	for {
		if w, h, err := term.GetSize(fd); err == nil {
			_ = c.Resize(ctx, w, h) // it fails if the command has ended
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

package ui_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"berth/ui"
	"berth/ui/theme"
	"berth/ui/uitest"
)

// A screen is the program on a real pseudo-terminal. An emulator on the other side counts the bytes.
type screen struct {
	uitest.Typist
	cancel context.CancelFunc
	ended  chan error
}

var env = []string{"TERM=xterm-256color", "LANG=C.UTF-8"}

// start shows a machine's screen on a terminal of this size. more are further variables of its environment.
func start(t *testing.T, m ui.Backend, w, h int, more ...string) *screen {
	t.Helper()
	terminal, tty, err := uitest.NewTerminal(w, h)
	if err != nil {
		t.Fatal(err)
	}
	th, err := theme.New(theme.Options{TTY: true, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	o := ui.Options{Theme: th, User: "you", In: tty, Out: tty, Env: slices.Concat(env, more), Clock: func() time.Time { return uitest.Now },
		Browser: func(string) error { return nil }}
	ctx, cancel := context.WithCancel(t.Context())
	s := &screen{Typist: uitest.Typist{T: t, Terminal: terminal}, cancel: cancel, ended: make(chan error, 1)}
	go func() { s.ended <- ui.Run(ctx, m, o) }()
	t.Cleanup(func() {
		if err := errors.Join(s.end(), tty.Close()); err != nil {
			t.Error(err)
		}
		terminal.Close()
	})
	return s
}

// end quits the program as a user does, and returns its error.
func (s *screen) end() error {
	defer s.cancel()
	if err := s.Type("\x03"); err != nil {
		return err
	}
	select {
	case err := <-s.ended:
		return err
	case <-time.After(time.Minute):
		return errors.New("the program didn't end")
	}
}

// A screen has settled when nothing was written for quiet. It is at rest, with the lower half following the selection,
// when nothing was written for atRest.
const (
	quiet  = 60 * time.Millisecond
	atRest = 400 * time.Millisecond
)

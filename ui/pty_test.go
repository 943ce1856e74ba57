package ui_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"berth/ui"
	"berth/ui/theme"
	"berth/ui/uitest"
)

// A screen is the program on a real pseudo-terminal, with an emulator on the other side that counts bytes.
type screen struct {
	uitest.Typist
	cancel context.CancelFunc
	ended  chan error
}

var env = []string{"TERM=xterm-256color", "LANG=C.UTF-8"}

// start runs the screen of a machine on a terminal of that size.
func start(t *testing.T, m ui.Backend, w, h int) *screen {
	t.Helper()
	terminal, tty, err := uitest.NewTerminal(w, h)
	if err != nil {
		t.Fatal(err)
	}
	th, err := theme.New(theme.Options{TTY: true, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	o := ui.Options{Theme: th, User: "you", In: tty, Out: tty, Env: env, Clock: func() time.Time { return uitest.Now },
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

// end quits the program, as its user would, and says how it ended.
func (s *screen) end() error {
	defer s.cancel()
	if err := s.Type("\x03"); err != nil {
		return err
	}
	select {
	case err := <-s.ended:
		return err
	case <-time.After(5 * time.Second):
		return errors.New("the program didn't end")
	}
}

// quiet is how long nothing is written once a screen has settled, atRest once its lower half has followed the selection.
const (
	quiet  = 60 * time.Millisecond
	atRest = 400 * time.Millisecond
)

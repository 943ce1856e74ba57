package ui_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"berth/ui"
	"berth/ui/theme"
	"berth/ui/uitest"
)

// A screen is the program on a real pseudo-terminal, with an emulator on the other side that counts bytes.
type screen struct {
	t      *testing.T
	master *os.File
	cancel context.CancelFunc
	ended  chan error

	mu    sync.Mutex
	emu   *vt.Emulator
	bytes int
	last  time.Time // of the last byte
}

var env = []string{"TERM=xterm-256color", "LANG=C.UTF-8"}

// start runs the screen of a machine on a terminal of that size.
func start(t *testing.T, m ui.Machine, w, h int, change func(*ui.Options)) *screen {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}); err != nil {
		t.Fatal(err)
	}
	th, err := theme.New(theme.Options{TTY: true, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	o := ui.Options{Theme: th, User: "you", In: tty, Out: tty, Env: env, Clock: func() time.Time { return uitest.Now }}
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := &screen{t: t, master: master, cancel: cancel, ended: make(chan error, 1), emu: vt.NewEmulator(w, h)}
	go s.read()
	go func() { _, _ = io.Copy(master, s.emu) }() // what the terminal answers to questions
	go func() { s.ended <- ui.Run(ctx, m, o) }()
	t.Cleanup(func() {
		if err := errors.Join(s.end(), s.emu.InputPipe().(io.Closer).Close(), master.Close(), tty.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// read is the terminal.
func (s *screen) read() {
	buf := make([]byte, 64<<10)
	for {
		n, err := s.master.Read(buf)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.bytes += n
		s.last = time.Now()
		_, _ = s.emu.Write(buf[:n])
		s.mu.Unlock()
	}
}

// end quits the program, as its user would, and says how it ended.
func (s *screen) end() error {
	defer s.cancel()
	s.types("\x03")
	select {
	case err := <-s.ended:
		return err
	case <-time.After(5 * time.Second):
		return errors.New("the program didn't end")
	}
}

// text is what the terminal shows.
func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emu.String()
}

// count is the bytes since the last count.
func (s *screen) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.bytes
	s.bytes = 0
	return n
}

// shows waits until the terminal shows a text.
func (s *screen) shows(text string) {
	s.t.Helper()
	for deadline := time.Now().Add(3 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if strings.Contains(s.text(), text) {
			return
		}
	}
	s.t.Fatalf("never showed %q but\n%s", text, s.text())
}

// types sends keys.
func (s *screen) types(keys string) {
	s.t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// settles waits until nothing was written for a while.
func (s *screen) settles() {
	for {
		time.Sleep(30 * time.Millisecond)
		s.mu.Lock()
		quiet := time.Since(s.last)
		s.mu.Unlock()
		if quiet > 60*time.Millisecond {
			return
		}
	}
}

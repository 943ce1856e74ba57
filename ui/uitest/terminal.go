package uitest

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A Terminal is a real pseudo-terminal with an emulator on its other side: a test can read what a program draws as
// text, and can type keys.
type Terminal struct {
	master  *os.File
	running sync.WaitGroup

	mu    sync.Mutex
	emu   *vt.Emulator
	bytes int
	last  time.Time // when the last byte came
}

// NewTerminal opens a terminal of that size. It returns the terminal and the side for the program.
func NewTerminal(w, h int) (*Terminal, *os.File, error) {
	master, tty, err := pty.Open()
	if err != nil {
		return nil, nil, err
	}
	if err := pty.Setsize(master, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}); err != nil { //nolint:gosec // a screen's size
		return nil, nil, err
	}
	if master, err = pollable(master); err != nil {
		return nil, nil, err
	}
	t := &Terminal{master: master, emu: vt.NewEmulator(w, h)}
	t.running.Go(t.read)
	t.running.Go(func() { _, _ = io.Copy(master, t.emu) }) // the emulator's answers to queries
	return t, tty, nil
}

// pollable returns the same terminal in a form whose Close ends a blocked read. Otherwise a program that writes nothing
// would block it for ever.
func pollable(master *os.File) (*os.File, error) {
	defer master.Close() //nolint:errcheck // the new descriptor replaces it
	// Children must not inherit it: a program that holds the other side of its own terminal would never get a hangup.
	fd, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), "terminal"), nil
}

// Start runs a program on a new terminal, as the leader of its own session.
func Start(c *exec.Cmd, w, h int) (*Terminal, error) {
	t, tty, err := NewTerminal(w, h)
	if err != nil {
		return nil, err
	}
	defer tty.Close() //nolint:errcheck // the program has its own descriptor
	c.Stdin, c.Stdout, c.Stderr = tty, tty, tty
	c.SysProcAttr = session(c.SysProcAttr)
	return t, c.Start()
}

func (t *Terminal) read() {
	buf := make([]byte, 64<<10)
	for {
		n, err := t.master.Read(buf)
		if err != nil {
			return
		}
		t.mu.Lock()
		t.bytes += n
		t.last = time.Now()
		_, _ = t.emu.Write(buf[:n])
		t.mu.Unlock()
	}
}

// Text returns what the terminal shows.
func (t *Terminal) Text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.emu.String()
}

// Look calls do with the emulator, for reading cells and colours.
func (t *Terminal) Look(do func(*vt.Emulator)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	do(t.emu)
}

// Count returns the number of bytes since the last Count.
func (t *Terminal) Count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.bytes
	t.bytes = 0
	return n
}

// Written returns the number of bytes since the last Count and doesn't reset it.
func (t *Terminal) Written() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bytes
}

// Type sends keys.
func (t *Terminal) Type(keys string) error {
	_, err := t.master.WriteString(keys)
	return err
}

// Shows waits until the terminal shows a text, and reports whether it did in time.
func (t *Terminal) Shows(text string, within time.Duration) bool {
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if strings.Contains(t.Text(), text) {
			return true
		}
	}
	return false
}

// Settle waits until nothing was written for a while.
func (t *Terminal) Settle(quiet time.Duration) {
	for {
		time.Sleep(quiet / 2)
		t.mu.Lock()
		since := time.Since(t.last)
		t.mu.Unlock()
		if since > quiet {
			return
		}
	}
}

// Resize changes the terminal's size. The program gets SIGWINCH.
func (t *Terminal) Resize(w, h int) error {
	t.mu.Lock()
	t.emu.Resize(w, h)
	t.mu.Unlock()
	return pty.Setsize(t.master, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}) //nolint:gosec // a screen's size
}

// Close closes the terminal, as a lost connection does. The emulator itself isn't closed, since that would race with
// the goroutine that reads its answers; closing the input ends that goroutine too.
func (t *Terminal) Close() {
	_ = t.master.Close()
	if answers, ok := t.emu.InputPipe().(io.Closer); ok {
		_ = answers.Close()
	}
	t.running.Wait()
}

// Keys without a letter.
const (
	Enter    = "\r"
	Escape   = "\x1b"
	Tab      = "\t"
	Up       = "\x1b[A"
	Down     = "\x1b[B"
	Right    = "\x1b[C"
	Left     = "\x1b[D"
	End      = "\x1b[F"
	CtrlS    = "\x13"
	CtrlU    = "\x15"
	CtrlZ    = "\x1a"
	Backward = "\x7f" // backspace
)

// Typist types at a terminal for a test, and fails the test if the screen doesn't answer.
type Typist struct {
	T *testing.T
	*Terminal
	Wait time.Duration // how long Sees waits; 0: a minute
}

// Keys types keys, one after the other.
func (y Typist) Keys(keys ...string) {
	y.T.Helper()
	for _, k := range keys {
		if err := y.Type(k); err != nil {
			y.T.Fatal(err)
		}
		y.Settle(40 * time.Millisecond)
	}
}

// Sees waits for a text.
func (y Typist) Sees(text string) {
	y.T.Helper()
	wait := y.Wait
	if wait == 0 {
		wait = time.Minute
	}
	if !y.Shows(text, wait) {
		y.T.Fatalf("the screen never showed %q but\n%s", text, y.Text())
	}
}

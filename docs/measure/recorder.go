package main

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A recorder is a program on a terminal, and the moments of what it wrote.
type recorder struct {
	cmd    *exec.Cmd
	master *os.File
	began  time.Time
	wg     sync.WaitGroup

	mu    sync.Mutex
	names []string  // what its list shows one of
	frame time.Time // when it had drawn something
	list  time.Time // when it showed a container's name
	last  time.Time // of the last bytes
	bytes int
	heard chan time.Time // the moments of bytes, while somebody waits for them
}

// chunk is what one read gave, and when.
type chunk struct {
	at   time.Time
	text []byte
}

// record starts a program on a terminal of w × h cells.
func record(p program, w, h int, names []string) (*recorder, error) {
	if p.shows != "" {
		names = []string{p.shows}
	}
	master, tty, err := pty.Open()
	if err != nil {
		return nil, err
	}
	defer tty.Close()                                                                           //nolint:errcheck // the program has its own
	if err := pty.Setsize(master, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}); err != nil { //nolint:gosec // a screen's size
		return nil, err
	}
	r := &recorder{master: master, names: names, heard: make(chan time.Time, 1)}
	r.cmd = exec.Command(p.argv[0], p.argv[1:]...) //nolint:noctx // end ends it
	r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = tty, tty, tty
	r.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8")
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	emu := vt.NewEmulator(w, h)
	written := make(chan chunk, 4096)
	r.began = time.Now()
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	r.wg.Go(func() { r.read(written) })
	r.wg.Go(func() { r.draw(emu, written) })
	r.wg.Go(func() { _, _ = io.Copy(master, emu) }) // what a terminal answers to questions
	return r, nil
}

// read notes when bytes come. It reads by itself: what the runtime's poller adds would be taken for the program's.
func (r *recorder) read(out chan<- chunk) {
	defer close(out)
	fd := int(r.master.Fd())
	for {
		text := make([]byte, 64<<10)
		n, err := unix.Read(fd, text)
		at := time.Now()
		if err != nil || n == 0 {
			return // the program has gone
		}
		select {
		case r.heard <- at:
		default:
		}
		out <- chunk{at, text[:n]}
	}
}

// draw follows on an emulator what the terminal shows.
func (r *recorder) draw(emu *vt.Emulator, in <-chan chunk) {
	for c := range in {
		_, _ = emu.Write(c.text)
		r.mu.Lock()
		r.bytes, r.last = r.bytes+len(c.text), c.at
		if r.list.IsZero() {
			r.look(emu.String(), c.at)
		}
		r.mu.Unlock()
	}
	if answers, ok := emu.InputPipe().(io.Closer); ok {
		_ = answers.Close()
	}
}

// look notes what the terminal shows by now.
func (r *recorder) look(text string, at time.Time) {
	const something = 40 // signs: more than a shell's complaint
	if r.frame.IsZero() && len(strings.Join(strings.Fields(text), "")) >= something {
		r.frame = at
	}
	for _, name := range r.names {
		if strings.Contains(text, name) {
			r.list = at
			return
		}
	}
}

// listed waits until the list is shown.
func (r *recorder) listed(within time.Duration) bool {
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		r.mu.Lock()
		there := !r.list.IsZero()
		r.mu.Unlock()
		if there {
			return true
		}
	}
	return false
}

// press types a key and returns how long it took until something was written; false where nothing was.
func (r *recorder) press(key string) (time.Duration, bool) {
	select {
	case <-r.heard:
	default:
	}
	at := time.Now()
	if _, err := r.master.WriteString(key); err != nil {
		return 0, false
	}
	select {
	case heard := <-r.heard:
		return heard.Sub(at), true
	case <-time.After(time.Second):
		return 0, false
	}
}

// settle waits until nothing was written for a while, at most so long.
func (r *recorder) settle(quiet, most time.Duration) {
	for deadline := time.Now().Add(most); time.Now().Before(deadline); time.Sleep(quiet / 4) {
		r.mu.Lock()
		since := time.Since(r.last)
		r.mu.Unlock()
		if since > quiet {
			return
		}
	}
}

// end hangs up and waits.
func (r *recorder) end() {
	_ = r.cmd.Process.Signal(syscall.SIGTERM) // one that ended by itself can't be told
	timer := time.AfterFunc(3*time.Second, func() { _ = r.cmd.Process.Kill() })
	_ = r.cmd.Wait() // how it ends says nothing here
	timer.Stop()
	r.wg.Wait()
	_ = r.master.Close()
}

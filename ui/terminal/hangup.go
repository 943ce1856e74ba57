package terminal

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// CantSuspend is the message that the model gets in place of a suspension, if no shell could resume this process.
type CantSuspend struct{}

// hangUp calls gone once when the other end of the terminal is closed. It returns a function that ends the watch. The
// watch is needed because not every process gets SIGHUP then: one without a controlling terminal doesn't (under setsid,
// su -c or docker exec), nor does one that nohup started.
func (t *Terminal) hangUp(gone func()) (ignore func(), err error) {
	return HangUp(t.in, func() {
		t.gone.Store(true)
		gone()
	})
}

// HangUp calls gone once when the other end of a terminal, a pipe or a socket is closed. It returns a function that ends
// the watch. Nobody closes the other end of an ordinary file.
func HangUp(line *os.File, gone func()) (ignore func(), err error) {
	return watchLine(line, gone, hungUp)
}

// Silence calls gone once when nothing has come from the other end of a pipe, a socket or a terminal for so long, or when
// nothing will come any more. What comes is thrown away. It returns a function that ends the watch.
func Silence(line *os.File, most time.Duration, gone func()) (ignore func(), err error) {
	return watchLine(line, gone, func(line, until int) bool { return silent(line, until, most) })
}

// watchLine calls gone once if is returns true for a line. is returns false when the descriptor until is closed.
func watchLine(line *os.File, gone func(), is func(line, until int) bool) (ignore func(), err error) {
	until, end, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("watching the other end: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if is(int(line.Fd()), int(until.Fd())) {
			gone()
		}
		runtime.KeepAlive(line) // a file that nobody has any more is closed
	}()
	return func() {
		_ = end.Close() // ends the watch
		<-done
		_ = until.Close()
	}, nil
}

// hungUp waits until the other end of line is closed, and returns true, or until the descriptor until is closed.
func hungUp(line, until int) bool {
	// No events are requested: poll reports a hangup all the same, and typed keys don't wake it.
	fds := []unix.PollFd{{Fd: int32(line)}, {Fd: int32(until)}} //nolint:gosec // descriptors are small
	for {
		_, err := unix.Poll(fds, -1)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return false
		case fds[0].Revents != 0:
			return true
		case fds[1].Revents != 0:
			return false
		}
	}
}

// silent reads from line until nothing came for so long, or there is no more, and returns true, or until the descriptor
// until is closed.
func silent(line, until int, most time.Duration) bool {
	fds := []unix.PollFd{{Fd: int32(line), Events: unix.POLLIN}, {Fd: int32(until)}} //nolint:gosec // descriptors are small
	thrown := make([]byte, 512)
	last := time.Now()
	for {
		_, err := unix.Poll(fds, int(max(time.Until(last.Add(most)), 0).Milliseconds())+1)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return false
		case fds[1].Revents != 0:
			return false
		case fds[0].Revents == 0:
			if time.Since(last) >= most {
				return true
			}
			continue
		}
		n, err := unix.Read(line, thrown)
		if err != nil && (errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN)) {
			continue
		}
		if n <= 0 {
			return true
		}
		last = time.Now()
	}
}

// resumable reports whether this process can be resumed after a suspension: whether a process of the same session, in
// another process group, is its ancestor, such as the shell that started it. The kernel doesn't stop a process whose
// group is orphaned, such as a session leader, so the program would wait for a SIGCONT for ever.
func resumable() bool {
	if signal.Ignored(syscall.SIGTSTP) {
		return false
	}
	session, err := unix.Getsid(0)
	if err != nil {
		return false
	}
	group := unix.Getpgrp()
	for pid := os.Getppid(); pid > 1; {
		theirs, err := unix.Getsid(pid)
		if err != nil || theirs != session {
			return false
		}
		if g, err := unix.Getpgid(pid); err != nil || g != group {
			return err == nil
		}
		if pid, err = parentOf(pid); err != nil {
			return false
		}
	}
	return false
}

// parentOf returns the parent of a process, from /proc.
func parentOf(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	var parent int
	var state string
	for at := len(text) - 1; at >= 0; at-- { // the name before the last ) may contain anything
		if text[at] == ')' {
			_, err = fmt.Sscan(string(text[at+1:]), &state, &parent)
			return parent, err
		}
	}
	return 0, errors.New("no parent told")
}

package terminal

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// CantSuspend is what the model is told instead of being suspended, where nobody could let it go on again.
type CantSuspend struct{}

// hangUp calls gone once when the other end of the terminal's line is closed, and returns what ends the watch. A process
// without a controlling terminal (under setsid, su -c or docker exec), or one that nohup started, gets no signal then.
func (t *Terminal) hangUp(gone func()) (ignore func(), err error) {
	until, end, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("watching the terminal: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if hungUp(int(t.in.Fd()), int(until.Fd())) {
			t.gone.Store(true)
			gone()
		}
	}()
	return func() {
		_ = end.Close() // which ends the watch
		<-done
		_ = until.Close()
	}, nil
}

// hungUp waits until the line is closed, or until the other descriptor is.
func hungUp(line, until int) bool {
	// No event is asked for: a closed line is told all the same, and keys that wait are not.
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

// resumable reports whether somebody could let this process go on after a stop: a shell of the same session that has put
// it into a group of its own. The kernel doesn't stop a process that nobody watches over, such as a session's leader;
// waiting to be let go on would be for ever.
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

// parentOf is the parent of a process, by the kernel's word.
func parentOf(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	var parent int
	var state string
	for at := len(text) - 1; at >= 0; at-- { // the name before it may hold anything
		if text[at] == ')' {
			_, err = fmt.Sscan(string(text[at+1:]), &state, &parent)
			return parent, err
		}
	}
	return 0, errors.New("no parent told")
}

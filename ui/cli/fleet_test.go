package cli_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"berth/model/relay"
)

// A follower is a berth that follows the fleet of a demo, as the other end of a connection runs it.
type follower struct {
	*exec.Cmd
	t     *testing.T
	out   *os.File
	lines *bufio.Reader
}

func newFollower(t *testing.T) *follower {
	t.Helper()
	home := t.TempDir()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	t.Cleanup(func() { _ = out.Close() })                                 // a test may have closed it
	_, err = unix.FcntlInt(out.Fd(), unix.F_SETPIPE_SZ, os.Getpagesize()) // less than two lines
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), shipped(t), "fleet", "--follow")
	c.Env = append(os.Environ(), "BERTH_DEMO=1", "BERTH_HOME="+home, "XDG_CONFIG_HOME="+home, "HOME="+home, "SUDO_USER=maria")
	c.Stdout = in
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return &follower{c, t, out, bufio.NewReader(out)}
}

// next reads a line.
func (f *follower) next() relay.Line {
	f.t.Helper()
	text, err := f.lines.ReadBytes('\n')
	if err != nil {
		f.t.Fatalf("%d bytes: %v", len(text), err)
	}
	l, err := relay.Read(text, "the test")
	if err != nil {
		f.t.Fatal(err)
	}
	return l
}

// ends waits for the process's end and returns its exit code.
func (f *follower) ends() int {
	f.t.Helper()
	late := time.AfterFunc(time.Minute, func() { _ = f.Process.Kill() })
	defer late.Stop()
	var exit *exec.ExitError
	if err := f.Wait(); err != nil && !errors.As(err, &exit) {
		f.t.Fatal(err)
	}
	return f.ProcessState.ExitCode() // -1 where a signal ended it
}

func TestAFollowerIsGivenWholeFleets(t *testing.T) {
	f := newFollower(t)
	l := f.next()
	for before := l.Fleet.At; len(l.Fleet.Devices) != 8 || l.Fleet.Host.Cores == 0; before = l.Fleet.At { // what takes longer comes later
		if l = f.next(); l.Account.Owner != "maria" || l.Fleet.At.Before(before) {
			t.Fatalf("a line has %+v", l)
		}
	}
	if err := f.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, f.lines); err != nil {
		t.Fatal(err)
	}
	if code := f.ends(); code != 130 {
		t.Errorf("after a hang-up it ends with %d", code)
	}
}

// A regression test: who writes into a closed pipe is killed, and leaves no keeper behind.
func TestAFollowerEndsWellWhenItsReaderIsGone(t *testing.T) {
	f := newFollower(t)
	f.next()
	if err := f.out.Close(); err != nil {
		t.Fatal(err)
	}
	if code := f.ends(); code != 0 {
		t.Errorf("it ends with %d", code)
	}
}

// The pipe is full, and nobody reads: a write blocks for ever.
func TestAFollowerWhoseReaderRestsEndsByASignal(t *testing.T) {
	f := newFollower(t)
	for late := time.Now().Add(time.Minute); !f.writes(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("no write blocks")
		}
	}
	if err := f.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := f.ends(); code != 130 {
		t.Errorf("it ends with %d", code)
	}
}

// writes reports whether a thread of the process is writing to its standard output: nobody reads, so it waits there.
func (f *follower) writes() bool {
	f.t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", f.Process.Pid))
	if err != nil || len(threads) == 0 {
		f.t.Fatalf("its threads are %v, %v", threads, err)
	}
	for _, thread := range threads {
		text, _ := os.ReadFile(thread) // it may have ended
		if strings.HasPrefix(string(text), fmt.Sprintf("%d 0x1 ", unix.SYS_WRITE)) {
			return true
		}
	}
	return false
}

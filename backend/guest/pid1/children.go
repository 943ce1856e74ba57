package pid1

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
)

// children starts processes and reaps them. It is the only place that waits for processes. The first process of a
// container becomes the parent of every orphan in it, so reap calls wait4 for any child. Nobody may call an exec.Cmd's
// Wait beside it: the two would take each other's results.
type children struct {
	mu      sync.Mutex
	waiting map[int]*child
	closed  bool
}

var errClosed = errors.New("the instance is ending")

// A child is a process that children started.
type child struct {
	pid  int
	done chan struct{} // closed when the process has ended; how is set before
	how  syscall.WaitStatus
}

func newChildren() *children { return &children{waiting: map[int]*child{}} }

// start starts a command in a session of its own. The command's streams must be files: nothing is copied here.
func (c *children) start(cmd *exec.Cmd) (*child, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid = true
	c.mu.Lock() // held until the child is registered: it may end, and be reaped, before Start returns
	defer c.mu.Unlock()
	if c.closed {
		return nil, errClosed
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	started := &child{pid: cmd.Process.Pid, done: make(chan struct{})}
	c.waiting[started.pid] = started
	return started, cmd.Process.Release()
}

// close makes every later start fail.
func (c *children) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// reapAll reaps for as long as the program runs. The channel holds one signal, which is enough: reap takes all that
// have ended.
func (c *children) reapAll() {
	deaths := make(chan os.Signal, 1)
	signal.Notify(deaths, syscall.SIGCHLD)
	for c.reap(); ; c.reap() {
		<-deaths
	}
}

// reap waits for every process that has ended, so that no zombies are left.
func (c *children) reap() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		var how syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &how, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if ours := c.waiting[pid]; ours != nil {
			delete(c.waiting, pid)
			ours.how = how
			close(ours.done)
		}
	}
}

// signal sends a signal to a child's process group. A child that has ended gets none: its number may belong to another
// process by now.
func (c *children) signal(to *child, s syscall.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting[to.pid] == to {
		syscall.Kill(-to.pid, s) //nolint:errcheck // a process that has ended needs no signal
	}
}

// exitCode returns a process's exit code as shells give it: 128 plus the signal's number for one that a signal ended.
func exitCode(how syscall.WaitStatus) int {
	if how.Signaled() {
		return 128 + int(how.Signal())
	}
	return how.ExitStatus()
}

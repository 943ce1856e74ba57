package enginetest

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A daemon is a process of a private engine. It is reaped as soon as it ends.
type daemon struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
}

// launch starts a daemon that writes to a log file with its name.
func (p *PrivateEngine) launch(name string, cmd *exec.Cmd) *daemon {
	p.t.Helper()
	log, err := os.OpenFile(p.path(name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatalf("%v", err)
	}
	defer func() { _ = log.Close() }()
	cmd.Stdout, cmd.Stderr = log, log
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true // the terminal's ^C is for the test, which cleans up
	if err := cmd.Start(); err != nil {
		p.t.Fatalf("%s: %v", name, err)
	}
	d := &daemon{name: name, cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // its log shows how it ended
		close(d.done)
	}()
	return d
}

func (d *daemon) pid() int { return d.cmd.Process.Pid }

func (d *daemon) alive() bool {
	select {
	case <-d.done:
		return false
	default:
		return true
	}
}

// end signals the daemon and waits for its end. After 30 seconds it kills the daemon.
func (d *daemon) end(t reporter, signal syscall.Signal) {
	t.Helper()
	if d == nil || !d.alive() {
		return
	}
	_ = d.cmd.Process.Signal(signal) // it may have ended just now
	select {
	case <-d.done:
	case <-time.After(30 * time.Second):
		t.Errorf("%s didn't end by itself", d.name)
		_ = d.cmd.Process.Kill()
		<-d.done
	}
}

// clear removes the engine: containers, daemons, leftovers, and its folder.
func (p *PrivateEngine) clear() {
	if p.Docker != nil && p.dockerd.alive() {
		p.removeAll()
		_ = p.Docker.Close()
	}
	p.dockerd.end(p.t, syscall.SIGTERM)
	p.ctrd.end(p.t, syscall.SIGTERM)
	p.sweep()
	p.removeShimSockets()
	p.holder.end(p.t, syscall.SIGKILL)
	p.removeCgroups()
	p.erase(p.Dir)
}

// erase removes a file or folder. It retries, because the mounts below it vanish a moment after the last process of
// their namespace.
func (p *PrivateEngine) erase(path string) {
	p.t.Helper()
	var err error
	for range 50 {
		if err = os.RemoveAll(path); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.t.Errorf("the private engine leaves something behind: %v", err)
}

// removeAll removes every container the regular way, so that their shims end by themselves.
func (p *PrivateEngine) removeAll() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	all, err := p.Docker.List(ctx)
	if err != nil {
		return // sweep ends what runs
	}
	for _, c := range all {
		_ = p.Docker.Remove(ctx, c.ID) // as above
	}
}

// removeCgroups removes the engine's cgroups, the innermost first, in every hierarchy.
func (p *PrivateEngine) removeCgroups() {
	roots, _ := filepath.Glob("/sys/fs/cgroup/*" + p.cgroup) // version 1
	roots = append(roots, "/sys/fs/cgroup"+p.cgroup)         // version 2
	for _, root := range roots {
		var folders []string
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				folders = append(folders, path)
			}
			return nil // what can't be read is gone, or stays
		})
		for i := len(folders) - 1; i >= 0; i-- {
			if err := os.Remove(folders[i]); err != nil && !os.IsNotExist(err) {
				p.t.Errorf("a cgroup of the private engine stays: %v", err)
			}
		}
	}
}

// removeShimSockets removes the sockets of shims that were killed. They are the only files outside the engine's folder,
// because a socket's path must be short. Each container's bundle says where its socket is.
func (p *PrivateEngine) removeShimSockets() {
	notes, _ := filepath.Glob(p.path("containerd-run", "io.containerd.runtime.v2.task", "*", "*", "address"))
	own, _ := filepath.Glob(p.path("run", "containerd", "daemon", "io.containerd.runtime.v2.task", "*", "*", "address"))
	notes = append(notes, own...)
	for _, note := range notes {
		text, err := os.ReadFile(note)
		if socket, isUnix := strings.CutPrefix(strings.TrimSpace(string(text)), "unix://"); err == nil && isUnix {
			_ = os.Remove(socket) // a shim that ended by itself has removed its socket
		}
	}
}

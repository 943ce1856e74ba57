package enginetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// hold starts the process that keeps the namespaces alive while daemons come and go. Mounts made on the machine still
// show inside, but mounts made inside don't show outside.
func (p *PrivateEngine) hold() {
	p.t.Helper()
	script := `mount --make-rslave / && ip link set lo up && { [ ! -e "$2" ] || mount -o loop "$2" "$3"; } &&
		touch "$1" && exec sleep infinity`
	cmd := exec.Command("/bin/sh", "-c", script, "holder", p.path("held"), p.path(diskImage), p.path("data")) //nolint:noctx // lives as long as its engine, which the end of the test ends
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	p.holder = p.launch("holder", cmd)
	p.wait("the namespaces of a private engine", func() error {
		_, err := os.Stat(p.path("held"))
		return err
	}, p.holder)
}

// Enter returns a command that runs in the engine's network, where its ports and containers can be reached.
func (p *PrivateEngine) Enter(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "nsenter", append([]string{"--target", fmt.Sprint(p.holder.pid()), "--net", name}, args...)...)
}

// inside returns a daemon's command in both namespaces. nsenter execs the program, so the pid is the daemon's.
func (p *PrivateEngine) inside(name string, args ...string) *exec.Cmd {
	cmd := exec.Command("nsenter", append([]string{"--target", fmt.Sprint(p.holder.pid()), "--net", "--mount", "--", name}, args...)...) //nolint:noctx // a daemon, as above
	// docker-proxy and docker-init must have the same version.
	if dir := filepath.Dir(p.options.Dockerd); dir != "." {
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	}
	return cmd
}

// sweep kills what is left in the engine's namespaces and cgroups: shims, proxies and containers whose daemon was
// killed. It repeats until nothing is left, because a dying shim may still start its clean-up.
func (p *PrivateEngine) sweep() {
	for range 100 {
		left := p.leftovers()
		if len(left) == 0 {
			return
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended just now
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.t.Errorf("processes of the private engine don't end: %v", p.leftovers())
}

// leftovers returns the engine's processes apart from its daemons.
func (p *PrivateEngine) leftovers() []int {
	own := map[int]bool{p.holder.pid(): true}
	for _, d := range []*daemon{p.ctrd, p.dockerd} {
		if d != nil && d.alive() {
			own[d.pid()] = true
		}
	}
	mounts := namespace(p.holder.pid())
	rows, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || mounts == "" {
		return nil
	}
	var left []int
	for _, row := range rows {
		pid, _ := strconv.Atoi(filepath.Base(row)) // digits, by the pattern
		cgroups, _ := os.ReadFile(row + "/cgroup") // empty: it has just ended
		ours := namespace(pid) == mounts || bytes.Contains(cgroups, []byte(p.cgroup+"/"))
		if ours && !own[pid] && !isZombie(row) {
			left = append(left, pid)
		}
	}
	return left
}

// namespace identifies a process's mount namespace; empty once the process has ended.
func namespace(pid int) string {
	name, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", pid))
	if err != nil {
		return ""
	}
	return name
}

// isZombie reports whether a process has ended and its parent hasn't reaped it yet.
func isZombie(row string) bool {
	stat, err := os.ReadFile(row + "/stat")
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "Z")
}

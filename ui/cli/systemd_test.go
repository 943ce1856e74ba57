package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/backend/engine/enginetest"
	"berth/model/wire"
)

// A host is a Debian system with systemd as first process and its own users, in a container. The container shares a
// private engine's network and socket, so to the programs in it, the engine seems to run on the same machine.
type host struct {
	t      *testing.T
	engine *enginetest.PrivateEngine
	name   string
}

func newHost(t *testing.T) *host {
	t.Helper()
	if testing.Short() {
		t.Skip("it boots a system, which -short leaves out")
	}
	root := enginetest.DebianWith(t, "systemd-2", "systemd", "systemd-sysv", "dbus", "curl", "nftables")
	h := &host{t: t, engine: enginetest.Private(t, enginetest.PrivateOptions{}), name: "berth-test-" + enginetest.Unique()}
	h.docker("import", "--change", "ENV container=docker", root, h.name)
	// systemd needs a /run and /tmp of its own and the right to mount. What the container isn't allowed to do is left
	// out inside it. NET_ADMIN is for the firewall.
	h.docker("run", "--detach", "--name", h.name, "--network", "host", "--cgroupns", "private", "--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN",
		"--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined", "--stop-signal", "SIGRTMIN+3",
		"--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec",
		"--volume", strings.TrimPrefix(h.engine.Host(), "unix://")+":/run/docker.sock", h.name, "/bin/sh", "-c", boot)
	h.booted()
	h.docker("cp", shipped(t), h.name+":/root/berth")
	if out, err := h.try("root", "/root/berth", "version"); err != nil {
		enginetest.Skip(t, "berth as built here doesn't run in Debian stable: "+out)
	}
	h.root("groupadd", "docker")
	h.root("useradd", "--create-home", "--groups", "docker", "maria")
	h.root("useradd", "--create-home", "--groups", "docker", "jonas")
	h.root("chgrp", "docker", "/run/docker.sock")
	return h
}

// boot starts systemd. In an unprivileged container, engines mount cgroup v2 read-only, so it is remounted first.
const boot = `! grep -q "^[^ ]* /sys/fs/cgroup cgroup2 " /proc/mounts || mount -o remount,rw /sys/fs/cgroup; exec /lib/systemd/systemd`

// docker runs the engine's own command line, which shows more about containers than berth does.
func (h *host) docker(args ...string) string {
	h.t.Helper()
	out, err := h.command(args...).CombinedOutput()
	if err != nil {
		h.t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (h *host) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(context.WithoutCancel(h.t.Context()), "docker", args...)
	c.Env = append(os.Environ(), "DOCKER_HOST="+h.engine.Host())
	return c
}

// try runs a command in the host as a user who is logged in.
func (h *host) try(user string, args ...string) (string, error) {
	out, err := h.command(h.login(user, "", args...)...).CombinedOutput()
	return string(bytes.TrimSpace(out)), err
}

func (h *host) login(user, flags string, args ...string) []string {
	home := "/home/" + user
	if user == "root" {
		home = "/root"
	}
	words := []string{"exec", "--user", user, "--env", "HOME=" + home, "--env", "TERM=xterm-256color", "--env", "LANG=C.UTF-8", "--workdir", home}
	if flags != "" {
		words = append(words, flags)
	}
	return append(append(words, h.name), args...)
}

func (h *host) as(user string, args ...string) string {
	h.t.Helper()
	out, err := h.try(user, args...)
	if err != nil {
		h.t.Fatalf("%s: %s: %v\n%s\n%s", user, strings.Join(args, " "), err, out, h.journal())
	}
	return out
}

func (h *host) root(args ...string) string {
	h.t.Helper()
	return h.as("root", args...)
}

// journal returns what the service has logged.
func (h *host) journal() string {
	out, _ := h.try("root", "journalctl", "--unit", "berth", "--no-pager", "--output", "cat") // for the failure message
	return out
}

func (h *host) eventually(what string, is func() bool) time.Duration {
	h.t.Helper()
	begun := time.Now()
	for !is() {
		if time.Since(begun) > 30*time.Second {
			h.t.Fatalf("not in time: %s\n%s", what, h.journal())
		}
		time.Sleep(50 * time.Millisecond)
	}
	return time.Since(begun)
}

func (h *host) booted() {
	h.t.Helper()
	h.eventually("systemd is up", func() bool {
		state, _ := h.try("root", "systemctl", "is-system-running") // for "degraded" it exits with an error
		return state == "running" || state == "degraded"
	})
}

// keeper returns the pid in the keeper's lock file.
func (h *host) keeper() int {
	text, _ := h.try("root", "cat", "/var/lib/berth/keeper.lock")
	pid, _ := strconv.Atoi(text)
	return pid
}

// service returns the pid of the service; 0 if it doesn't run.
func (h *host) service() int {
	text, _ := h.try("root", "systemctl", "show", "--property", "MainPID", "--value", "berth")
	pid, _ := strconv.Atoi(text)
	return pid
}

// kept waits until the service is the keeper, and returns how long that took.
func (h *host) kept() time.Duration {
	h.t.Helper()
	return h.eventually("the service is the keeper", func() bool { return h.service() > 0 && h.keeper() == h.service() })
}

func (h *host) ls() []wire.Instance {
	h.t.Helper()
	var list []wire.Instance
	if out := h.as("maria", "berth", "ls", "--json"); json.Unmarshal([]byte(out), &list) != nil {
		h.t.Fatalf("ls --json: %s", out)
	}
	return list
}

// runs checks that an instance's container hasn't been restarted since begun was read.
func (h *host) runs(when string, i wire.Instance, begun string) {
	h.t.Helper()
	if now := h.begun(i); now != begun {
		h.t.Errorf("%s: its container is %s, and was %s", when, now, begun)
	}
	list := h.ls()
	if len(list) == 0 || list[0].ID != i.ID || *list[0].ActualStatus != "running" {
		h.t.Errorf("%s: the list has %+v", when, list)
	}
}

func (h *host) begun(i wire.Instance) string {
	h.t.Helper()
	return h.docker("inspect", "--format", "{{.State.Status}} since {{.State.StartedAt}}", i.ID.String())
}

package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/backend/engine/enginetest"
	"berth/model"
	"berth/ui/uitest"
)

// A host is a Debian with systemd as its first process and users of its own, in a container that shares a private
// engine's network and socket: to what runs in it, it is the engine's own machine.
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
	root := enginetest.DebianWith(t, "systemd-1", "systemd", "systemd-sysv", "dbus", "curl")
	h := &host{t: t, engine: enginetest.Private(t, enginetest.PrivateOptions{}), name: "berth-test-" + enginetest.Unique()}
	h.docker("import", "--change", "ENV container=docker", root, h.name)
	// What systemd asks of a container: /run and /tmp of its own, and to mount; what it may not is left out in there.
	h.docker("run", "--detach", "--name", h.name, "--network", "host", "--cgroupns", "private", "--cap-add", "SYS_ADMIN",
		"--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined", "--stop-signal", "SIGRTMIN+3",
		"--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec",
		"--volume", strings.TrimPrefix(h.engine.Host(), "unix://")+":/run/docker.sock", h.name, "/lib/systemd/systemd")
	h.booted()
	h.docker("cp", filepath.Join(program, "berth"), h.name+":/root/berth")
	if out, err := h.try("root", "/root/berth", "version"); err != nil {
		enginetest.Skip(t, "berth as built here doesn't run in Debian stable: "+out)
	}
	h.root("groupadd", "docker")
	h.root("useradd", "--create-home", "--groups", "docker", "maria")
	h.root("useradd", "--create-home", "--groups", "docker", "jonas")
	h.root("chgrp", "docker", "/run/docker.sock")
	return h
}

// docker is the engine's own command line, which knows more of containers than berth does.
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

// try runs a command in there as a user would who logged in.
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

// journal is what the service has written.
func (h *host) journal() string {
	out, _ := h.try("root", "journalctl", "--unit", "berth", "--no-pager", "--output", "cat") // for a person who looks why
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
		state, _ := h.try("root", "systemctl", "is-system-running") // degraded is an error, and up
		return state == "running" || state == "degraded"
	})
}

// keeper is the process that the lock file names.
func (h *host) keeper() int {
	text, _ := h.try("root", "cat", "/var/lib/berth/keeper.lock")
	pid, _ := strconv.Atoi(text)
	return pid
}

// service is the service's process; 0 where there is none.
func (h *host) service() int {
	text, _ := h.try("root", "systemctl", "show", "--property", "MainPID", "--value", "berth")
	pid, _ := strconv.Atoi(text)
	return pid
}

// kept waits until the service keeps the machine, and says how long that took.
func (h *host) kept() time.Duration {
	h.t.Helper()
	return h.eventually("the service is the keeper", func() bool { return h.service() > 0 && h.keeper() == h.service() })
}

func (h *host) ls() []model.WireInstance {
	h.t.Helper()
	var list []model.WireInstance
	if out := h.as("maria", "berth", "ls", "--json"); json.Unmarshal([]byte(out), &list) != nil {
		h.t.Fatalf("ls --json: %s", out)
	}
	return list
}

// runs checks that an instance's container has run without a break since it was first looked at.
func (h *host) runs(when string, i model.WireInstance, begun string) {
	h.t.Helper()
	if now := h.begun(i); now != begun {
		h.t.Errorf("%s: its container is %s, and was %s", when, now, begun)
	}
	list := h.ls()
	if len(list) == 0 || list[0].ID != i.ID || *list[0].ActualStatus != "running" {
		h.t.Errorf("%s: the list has %+v", when, list)
	}
}

func (h *host) begun(i model.WireInstance) string {
	h.t.Helper()
	return h.docker("inspect", "--format", "{{.State.Status}} since {{.State.StartedAt}}", i.ID.String())
}

// The service as people have it: set up by the program, run by systemd, the keeper for every user of the machine.
func TestTheServiceIsTheKeeperForEveryUser(t *testing.T) {
	h := newHost(t)
	said := h.root("/root/berth", "setup")
	if !strings.Contains(said, "wrote /etc/systemd/system/berth.service") || !strings.Contains(said, "systemctl enable berth.service") {
		t.Errorf("setup said\n%s", said)
	}
	h.kept()
	if got := h.root("systemctl", "is-active", "berth"); got != "active" {
		t.Errorf("the service is %s", got)
	}
	if log := h.journal(); !strings.Contains(log, `msg="keeping this machine" home=/var/lib/berth`) {
		t.Errorf("the journal has\n%s", log)
	}
	h.setUpTwice()

	h.as("maria", "berth", "launch", "-t", "starter", "--gpus", "0", "--wait")
	i := h.ls()[0]
	begun := h.begun(i)
	h.ownTemplates()
	h.oneSentenceOnDrivers()

	h.root("systemctl", "restart", "berth")
	t.Logf("restarted, it keeps after %v", h.kept())
	h.runs("restarted", i, begun)

	before := h.service()
	h.root("sh", "-c", "kill -9 "+strconv.Itoa(before))
	t.Logf("killed, it keeps after %v", h.eventually("another process", func() bool { return h.service() != before })+h.kept())
	h.runs("killed", i, begun)

	h.handOver(i, begun)
	h.reboot(i, begun)

	for _, one := range h.ls() {
		h.root("berth", "destroy", one.ID.String())
	}
	h.eventually("all are gone", func() bool { return len(h.ls()) == 0 })
	if log := h.journal(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "level=WARN") {
		t.Errorf("the journal has\n%s", log)
	}
	h.removed()
}

// setUpTwice checks that nothing is changed by doing it again, the running service least of all.
func (h *host) setUpTwice() {
	h.t.Helper()
	before := h.service()
	said := h.root("/root/berth", "setup")
	if strings.Contains(said, "wrote ") || h.service() != before {
		h.t.Errorf("done twice, setup said\n%s", said)
	}
}

// ownTemplates writes a template by the API for somebody else than the keeper's user.
func (h *host) ownTemplates() {
	h.t.Helper()
	key := h.as("jonas", "berth", "account", "key", "new")
	key = regexp.MustCompile(`[0-9a-f]{64}`).FindString(key)
	const body = `{"name":"by-api","image":"ubuntu:24.04","runtype":"ssh","recommended_disk_space":10}`
	said := h.as("jonas", "curl", "--silent", "--show-error", "-H", "Authorization: Bearer "+key, "-d", body, "http://127.0.0.1:8800/api/v0/template/")
	if !strings.Contains(said, `"success":true`) {
		h.t.Errorf("the API said %s", said)
	}
	if got := h.as("jonas", "stat", "--format", "%U %G %a", ".config/berth/templates/by-api.toml"); got != "jonas jonas 644" {
		h.t.Errorf("the file is %s", got)
	}
	if got := h.as("jonas", "berth", "templates"); !strings.Contains(got, "by-api") {
		h.t.Errorf("his own berth lists\n%s", got)
	}
	if got := h.as("maria", "berth", "templates"); strings.Contains(got, "by-api") {
		h.t.Errorf("maria's berth lists\n%s", got)
	}
}

func (h *host) oneSentenceOnDrivers() {
	h.t.Helper()
	out, _ := h.try("maria", "berth", "doctor") // it has something to say of any machine
	if n := strings.Count(out, "CPU instances work"); n != 1 {
		h.t.Errorf("it is said %d times that CPU instances work:\n%s", n, out)
	}
	if want := fmt.Sprintf("process %d (/usr/local/bin/berth serve --home /var/lib/berth)", h.service()); !strings.Contains(out, want) {
		h.t.Errorf("the doctor doesn't find %s:\n%s", want, out)
	}
}

// handOver has a screen keep the machine while the service is stopped, and the service again afterwards.
func (h *host) handOver(i model.WireInstance, begun string) {
	h.t.Helper()
	c := h.command(h.login("jonas", "-it", "berth")...)
	term, err := uitest.Start(c, 100, 30)
	if err != nil {
		h.t.Fatal(err)
	}
	defer term.Close()
	s := uitest.Typist{T: h.t, Terminal: term, Wait: 30 * time.Second}
	s.Sees(i.ID.String())
	service := h.service()
	h.root("systemctl", "stop", "berth")
	took := h.eventually("the screen is the keeper", func() bool { pid := h.keeper(); return pid > 0 && pid != service })
	h.t.Logf("the service stopped, the screen keeps after %v", took)
	screen := h.keeper()
	h.as("maria", "berth", "launch", "-t", "starter", "--gpus", "0", "--label", "by-screen", "--wait")
	h.runs("kept by a screen", i, begun)

	h.root("systemctl", "start", "berth")
	h.t.Logf("the service started, it keeps after %v", h.kept())
	if _, err := h.try("root", "test", "-d", "/proc/"+strconv.Itoa(screen)); err != nil {
		h.t.Error("the screen ended with its keepership")
	}
	h.as("maria", "berth", "launch", "-t", "starter", "--gpus", "0", "--label", "by-service", "--wait")
	s.Sees("by-service")
	s.Keys("q")
	h.runs("kept by the service again", i, begun)
}

// reboot has the machine go down and come up with its service. Only the containers' engine stays, as it is not in
// there.
func (h *host) reboot(i model.WireInstance, begun string) {
	h.t.Helper()
	h.docker("restart", "--time", "30", h.name)
	h.booted()
	h.kept()
	h.runs("booted again", i, begun)
}

// removed takes away what setup installed, and finds nothing of it.
func (h *host) removed() {
	h.t.Helper()
	h.root("/root/berth", "setup", "--remove")
	if state, err := h.try("root", "systemctl", "is-active", "berth"); err == nil {
		h.t.Errorf("removed, the service is %s", state)
	}
	if left := h.root("find", "/etc/systemd", "/usr/local", "/usr/share", "-name", "*berth*"); left != "" {
		h.t.Errorf("removed, there are\n%s", left)
	}
	if left, err := h.try("root", "sh", "-c", "grep -la '^/usr/local/bin/berth' /proc/[0-9]*/cmdline"); err == nil {
		h.t.Errorf("removed, these run: %s", left)
	}
	h.root("test", "-e", "/var/lib/berth/berth.db") // what was promised is still known
}

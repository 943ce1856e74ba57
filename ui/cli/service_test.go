package cli_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/model/wire"
	"berth/ui/uitest"
)

// This tests the service as users have it: the program sets it up, systemd runs it, and it is the keeper for every
// user.
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
	h.fenced()
	h.portGuarded()

	h.as("maria", "berth", "launch", "-t", "starter", "--gpus", "0", "--wait")
	i := h.ls()[0]
	begun := h.begun(i)
	h.hostClosed(i)
	h.ownTemplates()
	h.oneSentenceOnDrivers()

	h.root("systemctl", "restart", "berth")
	t.Logf("restarted, it keeps after %v", h.kept())
	h.runs("restarted", i, begun)

	before := h.service()
	// A request that arrives while no process runs is answered by the next one: systemd holds the socket, so no other
	// program can listen there meanwhile.
	answered := h.root("sh", "-c", "kill -9 "+strconv.Itoa(before)+"; curl --silent --show-error --max-time 20 http://127.0.0.1:8800/api/v0/users/current/")
	if !strings.Contains(answered, `"success":false`) {
		t.Errorf("asked between two processes of the service, the API said %s", answered)
	}
	t.Logf("killed, it keeps after %v", h.eventually("another process", func() bool { return h.service() != before })+h.kept())
	h.runs("killed", i, begun)

	h.handOver(i, begun)
	h.reboot(i, begun)

	for _, one := range h.ls() {
		h.root("berth", "destroy", "--yes", one.ID.String())
	}
	h.eventually("all are gone", func() bool { return len(h.ls()) == 0 })
	if log := h.journal(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "level=WARN") {
		t.Errorf("the journal has\n%s", log)
	}
	h.removed()
}

// portGuarded lets a user's process listen on the API's port, and checks that doctor reports it.
func (h *host) portGuarded() {
	h.t.Helper()
	h.eventually("systemd holds the API's sockets", func() bool {
		n, _ := strconv.Atoi(h.root("systemctl", "show", "--property", "NFileDescriptorStore", "--value", "berth"))
		return n >= 2 // the loopback's and the gateway's
	})
	if out, err := h.try("maria", "sh", "-c", "systemd-socket-activate --listen 127.0.0.1:8800 true 2>&1"); !strings.Contains(out, "in use") {
		h.t.Errorf("another user may listen on the API's port: %v\n%s", err, out)
	}
}

// hostClosed checks what an instance can reach: a service of the machine must be closed to it, and the API open.
func (h *host) hostClosed(i wire.Instance) {
	h.t.Helper()
	// It reads the request before it answers: a close with unread bytes resets the connection, and the answer may be lost.
	h.root("systemd-run", "--unit", "others", "systemd-socket-activate", "--accept", "--inetd", "--listen", "0.0.0.0:7777",
		"sh", "-c", "head -n 1 >/dev/null; echo hello")
	defer h.root("systemctl", "stop", "others")
	h.eventually("a service of the machine's own answers", func() bool {
		said, err := h.try("root", "curl", "--silent", "--http0.9", "http://127.0.0.1:7777/")
		return err == nil && strings.Contains(said, "hello")
	})
	api := h.docker("exec", i.ID.String(), "printenv", "VAST_URL")
	other := strings.Replace(api, ":8800", ":7777", 1)
	inside := func(url string) string { // uses a program outside the instance, in the instance's network
		out, _ := h.command("run", "--rm", "--network", "container:"+i.ID.String(), h.name,
			"curl", "--silent", "--http0.9", "--max-time", "5", url).CombinedOutput()
		return string(out)
	}
	if said := inside(api); !strings.Contains(said, `"success":false`) {
		h.t.Errorf("an instance asked the API at %s and was told %q", api, said)
	}
	if said := inside(other); strings.Contains(said, "hello") || !strings.HasSuffix(other, ":7777") {
		h.t.Errorf("at %s an instance reaches what listens on the machine: %q", other, said)
	}
	if said, _ := h.try("root", "berth", "doctor"); !strings.Contains(said, "closed: of this machine") {
		h.t.Errorf("the doctor says\n%s", said)
	}
}

// setUpTwice checks that a second setup changes nothing and doesn't restart the service.
func (h *host) setUpTwice() {
	h.t.Helper()
	before := h.service()
	said := h.root("/root/berth", "setup")
	if strings.Contains(said, "wrote ") || h.service() != before {
		h.t.Errorf("done twice, setup said\n%s", said)
	}
}

// ownTemplates saves templates through the API, for the service's own user and for another user.
func (h *host) ownTemplates() {
	h.t.Helper()
	for user, home := range map[string]string{"root": "/root", "jonas": "/home/jonas"} {
		if said := h.saveTemplate(user); !strings.Contains(said, `"success":true`) {
			h.t.Errorf("to %s the API said %s", user, said)
		}
		want := user + " " + user + " 644"
		if got := h.root("stat", "--format", "%U %G %a", home+"/.config/berth/templates/of-"+user+".toml"); got != want {
			h.t.Errorf("the file is %s, want %s", got, want)
		}
	}
	for who, list := range map[string]string{
		"jonas": h.as("jonas", "berth", "templates"), "jonas, by sudo,": h.root("env", "SUDO_USER=jonas", "berth", "templates"),
	} {
		if !strings.Contains(list, "of-jonas") || strings.Contains(list, "of-root") {
			h.t.Errorf("%s sees\n%s", who, list)
		}
	}
}

// saveTemplate sends a template to the API as a user, and returns the answer.
func (h *host) saveTemplate(user string) string {
	h.t.Helper()
	key := regexp.MustCompile(`[0-9a-f]{64}`).FindString(h.as(user, "berth", "account", "key", "new"))
	body := `{"name":"of-` + user + `","image":"ubuntu:24.04","runtype":"ssh","recommended_disk_space":10}`
	return h.as(user, "curl", "--silent", "--show-error", "-H", "Authorization: Bearer "+key, "-d", body, "http://127.0.0.1:8800/api/v0/template/")
}

func (h *host) oneSentenceOnDrivers() {
	h.t.Helper()
	out, _ := h.try("maria", "berth", "doctor") // doctor always prints something
	if n := strings.Count(out, "CPU instances work"); n != 1 {
		h.t.Errorf("it is said %d times that CPU instances work:\n%s", n, out)
	}
	if want := fmt.Sprintf("process %d (/usr/local/bin/berth serve --home /var/lib/berth)", h.service()); !strings.Contains(out, want) {
		h.t.Errorf("the doctor doesn't find %s:\n%s", want, out)
	}
}

// handOver checks that a screen is the keeper while the service is stopped, and that the service is the keeper
// afterwards.
func (h *host) handOver(i wire.Instance, begun string) {
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
	if said := h.saveTemplate("maria"); !strings.Contains(said, "not_authorized") || !strings.Contains(said, "runs as jonas here") {
		h.t.Errorf("kept by jonas, the API said to maria: %s", said)
	}

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

// reboot stops and starts the machine with its service. Only the containers' engine continues, because it runs outside
// the host's container.
func (h *host) reboot(i wire.Instance, begun string) {
	h.t.Helper()
	h.docker("restart", "--time", "30", h.name)
	h.booted()
	h.kept()
	h.runs("booted again", i, begun)
}

// removed uninstalls everything, and checks that nothing is left.
func (h *host) removed() {
	h.t.Helper()
	h.root("/root/berth", "setup", "--remove")
	if state, err := h.try("root", "systemctl", "is-active", "berth"); err == nil {
		h.t.Errorf("removed, the service is %s", state)
	}
	if left := h.root("find", "/etc/systemd", "/usr/local", "/usr/share", "-name", "*berth*"); left != "" {
		h.t.Errorf("removed, there are\n%s", left)
	}
	if left, err := h.try("root", "nft", "list", "table", "inet", "berth"); err == nil {
		h.t.Errorf("removed, there is the firewall\n%s", left)
	}
	if left, err := h.try("root", "sh", "-c", "grep -la '^/usr/local/bin/berth' /proc/[0-9]*/cmdline"); err == nil {
		h.t.Errorf("removed, these run: %s", left)
	}
	h.root("test", "-e", "/var/lib/berth/berth.db") // the ledger stays
}

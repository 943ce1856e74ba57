package backend

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"berth/backend/engine/enginetest"
	"berth/model"
)

// Checks what the kernel and the engine report about an instance's process and container.
func TestAnInstanceHasFewerRightsThanOtherContainers(t *testing.T) {
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e).run()
	image := enginetest.Image(t, e)
	for _, o := range []model.Order{
		{Image: image, Mode: model.ModeSSH, GPUs: 1, Disk: 10},
		{Image: image, Mode: model.ModeEntrypoint, Disk: 10, Entrypoint: []string{"/bin/sleep"}, Args: []string{"infinity"}},
	} {
		i := b.untilPhase(b.launch(o).ID, model.PhaseRunning)
		defer func() {
			b.act(i.ID, model.ActionDestroy)
			b.untilGone(i.ID)
		}()
		c, err := e.Inspect(t.Context(), i.Container)
		check(t, err)
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.PID))
		check(t, err)
		// The capabilities are Docker's default, 00000000a80425fb, without NET_RAW (13), MKNOD (27), AUDIT_WRITE (29)
		// and SETFCAP (31). In seccomp, mode 2 is a filter.
		for _, want := range []string{"\nCapBnd:\t00000000000405fb\n", "\nCapAmb:\t0000000000000000\n", "\nSeccomp:\t2\n"} {
			if !strings.Contains(string(status), want) {
				t.Errorf("%s: its process hasn't %q:\n%s", o.Mode, want, status)
			}
		}
		said, err := exec.CommandContext(t.Context(), "docker", "inspect", "--format", "{{json .HostConfig}}", i.Container).Output()
		check(t, err)
		var host struct {
			Privileged               bool
			Binds, CapAdd            []string
			SecurityOpt              []string
			Mounts, Devices          []any
			PidsLimit                int64
			PidMode, UsernsMode      string
			NetworkMode, IpcMode     string
			VolumesFrom, DeviceRules []string
		}
		check(t, json.Unmarshal(said, &host))
		if host.Privileged || len(host.Binds)+len(host.CapAdd)+len(host.SecurityOpt)+len(host.Mounts)+len(host.Devices)+len(host.VolumesFrom) > 0 ||
			host.PidsLimit <= 0 || host.PidMode+host.UsernsMode != "" || host.NetworkMode != "berth" || host.IpcMode == "host" {
			t.Errorf("%s: it was made with %s", o.Mode, said)
		}
		if out, err := exec.CommandContext(t.Context(), "docker", "exec", i.Container, "/bin/busybox", "mknod", "/tmp-watchdog", "c", "10", "130").CombinedOutput(); err == nil {
			t.Errorf("%s: it made a device: %s", o.Mode, out)
		}
	}
}

func TestInstancesDontReachEachOther(t *testing.T) {
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e).run()
	image := enginetest.Image(t, e)
	serving := model.Order{Image: image, Mode: model.ModeEntrypoint, Disk: 10, Entrypoint: []string{"/bin/busybox"}, Args: []string{"httpd", "-f", "-p", "9000", "-h", "/etc"}}
	one, other := b.untilPhase(b.launch(serving).ID, model.PhaseRunning), b.untilPhase(b.launch(serving).ID, model.PhaseRunning)
	defer func() {
		for _, i := range []model.Instance{one, other} {
			b.act(i.ID, model.ActionDestroy)
			b.untilGone(i.ID)
		}
	}()
	c, err := e.Inspect(t.Context(), one.Container)
	check(t, err)
	at := "http://" + c.IPs[0] + ":9000/"
	answer, err := http.Get(at)
	if err != nil {
		t.Fatalf("this machine itself doesn't reach it: %v", err)
	}
	check(t, answer.Body.Close())
	ask := func(id string) string {
		said, _ := exec.CommandContext(t.Context(), "docker", "exec", id, "/bin/busybox", "timeout", "4", "/bin/busybox", "wget", "-O", "-", at).CombinedOutput()
		return string(said)
	}
	if said := ask(one.Container); !strings.Contains(said, "404") {
		t.Errorf("asked by itself it says %q", said)
	}
	if said := ask(other.Container); strings.Contains(said, "404") {
		t.Errorf("asked by another it says %q", said)
	}
}

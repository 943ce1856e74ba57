package backend

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"berth/backend/engine/enginetest"
	"berth/backend/starter/image"
	"berth/model"
)

// openSSH returns the path of OpenSSH's client.
func openSSH(t *testing.T) string {
	t.Helper()
	client, err := exec.LookPath("ssh")
	if err != nil {
		enginetest.Skip(t, "an instance is logged in to with OpenSSH's client: install the package openssh-client")
	}
	return client
}

// newKey creates a key in a folder and adds it to the account. It returns the private key's path.
func (b *bench) newKey(dir string) string {
	b.t.Helper()
	key := filepath.Join(dir, "key")
	check(b.t, exec.CommandContext(b.t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).Run())
	check(b.t, b.AddKey(b.t.Context(), readFile(b.t, key+".pub")))
	return key
}

// OpenSSH's own client reaches an ssh instance with the account's key. The instance's port, host key and keys stay the
// same over stop, start, reboot and recycle.
func TestAnSSHInstanceStaysTheSameToItsClient(t *testing.T) {
	client := openSSH(t)
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e).run()
	dir := t.TempDir()
	key := b.newKey(dir)

	i := b.launch(model.Order{Image: image.Name, Mode: model.ModeSSH, GPUs: 1, Disk: 10, Options: "-e TRAIN=yes", OnStart: "echo $TRAIN > /root/seen"})
	defer func() {
		b.act(i.ID, model.ActionDestroy)
		b.untilGone(i.ID)
	}()
	login := func(command string) string {
		t.Helper()
		now := b.untilPhase(i.ID, model.PhaseRunning)
		var out, errs bytes.Buffer
		c := exec.CommandContext(t.Context(), client, "-F", "none", "-i", key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
			"-o", "StrictHostKeyChecking=accept-new", "-o", "UserKnownHostsFile="+filepath.Join(dir, "known_hosts"),
			"-p", strconv.Itoa(now.Plan.External(model.PortSSH, model.TCP)), "root@127.0.0.1", command)
		c.Stdout, c.Stderr = &out, &errs
		if err := c.Run(); err != nil {
			t.Fatalf("%s: %v: %s", command, err, errs.String())
		}
		return out.String()
	}
	if got := login("cat /root/seen; echo $TRAIN"); got != "yes\n\n" {
		t.Errorf("the on-start script saw and the session sees %q; want the variable seen by the one and not by the other", got)
	}
	for _, a := range []model.Action{model.ActionReboot, model.ActionRecycle} {
		before := b.untilPhase(i.ID, model.PhaseRunning)
		b.act(i.ID, a)
		b.until(i.ID, string(a)+"ed", func(now model.Instance, _ bool) bool {
			return now.Phase == model.PhaseRunning && now.AskedAt.After(before.AskedAt)
		})
		if got := login("cat /root/.vast_containerlabel"); got != i.ID.String() {
			t.Errorf("after %s its label is %q", a, got)
		}
	}
	b.act(i.ID, model.ActionStop)
	b.untilPhase(i.ID, model.PhaseStopped)
	b.act(i.ID, model.ActionStart)
	login("true") // fails if the host key, the port or the keys have changed
}

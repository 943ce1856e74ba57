package backend

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"berth/backend/engine/enginetest"
	"berth/model"
	"berth/model/wire"
)

// emptyImage returns an image without a single file. All that works in it is the launcher's.
func emptyImage(t *testing.T, e enginetest.Engine) string {
	t.Helper()
	var nothing bytes.Buffer
	check(t, tar.NewWriter(&nothing).Close())
	ref := "berth-test/empty:" + enginetest.Unique()
	check(t, e.Import(t.Context(), ref, &nothing, nil))
	t.Cleanup(func() { check(t, e.RemoveImage(context.Background(), ref)) })
	return ref
}

// The end of a training script: the instance stops itself with the commands of the platform's client, although its
// image doesn't have that client. Then it is started again, and destroys itself.
func TestAnInstanceStopsAndDestroysItselfByTheClientsWords(t *testing.T) {
	e := enginetest.Docker(t)
	for name, image := range map[string]string{"an empty image": emptyImage(t, e), "one with a shell": enginetest.Image(t, e)} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, t.TempDir(), e).run()
			i := b.launch(model.Order{Image: image, Mode: model.ModeSSH, GPUs: 1, Disk: 10, Label: "training", OnStart: `
if [ -e /root/trained ]; then
	berth destroy
	exit
fi
vastai show instance $CONTAINER_ID > /root/shown
vastai show instances --raw > /root/raw
vastai label instance $CONTAINER_ID "trained well"
vastai show instance 1; echo $? > /root/another
vastai stop instance $CONTAINER_ID > /root/trained 2>&1
echo $? >> /root/trained
sleep 1000000`})
			id := i.ID
			defer func() {
				if t.Failed() {
					b.end(id)
				}
			}()
			i = b.untilPhase(id, model.PhaseStopped)
			if i.Label != "trained well" || i.Intent != model.WantStopped || len(i.GPUs) != 0 {
				t.Errorf("it is called %q, wanted %s, and holds %v", i.Label, i.Intent, i.GPUs)
			}
			number := strconv.FormatInt(int64(id), 10)
			if got := contentOf(t, b, i, "/root/trained"); !strings.HasPrefix(got, "stopping instance "+number+".\n") {
				t.Errorf("stop said %q", got)
			}
			shown := strings.Split(contentOf(t, b, i, "/root/shown"), "\n")
			ssh := siteOf(b.parts).PublicIP + ":" + strconv.Itoa(i.Plan.External(model.PortSSH, model.TCP)) + " -> 22/tcp"
			if len(shown) < 3 || !strings.Contains(shown[1], "training") || !slices.Contains(shown, ssh) {
				t.Errorf("show said %q, want a line %q", shown, ssh)
			}
			var raw []wire.Instance
			if got := contentOf(t, b, i, "/root/raw"); json.Unmarshal([]byte(got), &raw) != nil || len(raw) != 1 || raw[0].ID != id {
				t.Errorf("show instances --raw said %q", got)
			}
			if got := contentOf(t, b, i, "/root/another"); got != "3\n" {
				t.Errorf("another instance's show ended with %q, want 3", got)
			}
			b.act(id, model.ActionStart)
			b.untilGone(id)
			if _, err := e.Inspect(t.Context(), id.String()); err == nil {
				t.Error("its container is still there")
			}
		})
	}
}

// A session doesn't see the variables that the container was created with.
func TestASessionStopsItsInstance(t *testing.T) {
	client := openSSH(t)
	e := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), e).run()
	dir := t.TempDir()
	key := b.newKey(dir)
	i := b.launch(model.Order{Image: emptyImage(t, e), Mode: model.ModeSSH, GPUs: 1, Disk: 10, OnStart: "echo begun; echo trained"})
	defer func() {
		b.act(i.ID, model.ActionDestroy)
		b.untilGone(i.ID)
	}()
	login := func(command string) (string, error) {
		now := b.untilPhase(i.ID, model.PhaseRunning)
		c := exec.CommandContext(t.Context(), client, "-F", "none", "-i", key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
			"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
			"-p", strconv.Itoa(now.Plan.External(model.PortSSH, model.TCP)), "root@127.0.0.1", command)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if got, err := login("[ -z \"$VAST_URL$CONTAINER_ID\" ] && vastai logs " + i.ID.String() + " --tail 1"); got != "trained\n" || err != nil {
		t.Errorf("logs said %q (%v)", got, err)
	}
	if got, err := login("rm -f /root/.vast_api_key; vastai stop instance $CONTAINER_ID"); err == nil && !strings.HasPrefix(got, "stopping") { // the connection may end first
		t.Errorf("stop said %q (%v)", got, err)
	}
	b.untilPhase(i.ID, model.PhaseStopped)
}

package backend

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/label"
	"berth/backend/starter/image"
	"berth/model"
)

// An environment that one user built is another's next launch, and nothing of the first one's is in it: not in the image
// as it can be exported, not in its configuration, and not in the instance that is made of it.
func TestASnapshotHasNothingThatIsItsOwners(t *testing.T) {
	d := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), d).run()
	const password = "correct horse battery"
	i := b.untilPhase(b.launch(model.Order{
		Image: image.Name, Mode: model.ModeSSH, OnStart: "env > /etc/environment; echo " + password + " > /dev/null",
		Options: "-e DB_PASSWORD='" + password + "' -e COLOUR=blue -p 8081",
	}).ID, model.PhaseRunning)
	execute(t, b, i.ID, "sh", "-c", "mkdir -p /opt/env /root/.aws; echo built for a day > /opt/env/lib; echo key > /root/.aws/credentials; echo "+password+" > /work; cat /root/.vast_api_key > /copied")
	ref := "berth-test/" + enginetest.Unique()
	t.Cleanup(func() { check(t, d.RemoveImage(context.Background(), ref)) })
	made, err := b.Snapshot(t.Context(), i.ID, ref)
	check(t, err)
	if made.Image != ref+":latest" || made.Size == 0 || strings.Join(made.LeftOut, " ") != "/copied /work" && strings.Join(made.LeftOut, " ") != "/work /copied" {
		t.Errorf("made %+v", made)
	}

	tt, err := b.Templates(t.Context())
	check(t, err)
	var of model.Template
	for _, template := range tt {
		if template.Name == ref {
			of = template
		}
	}
	if of.Image != ref+":latest" || of.Mode != model.ModeSSH || of.OnStart != "" || strings.Contains(of.Options, "PASSWORD") || !strings.Contains(of.Options, "-p 8081") {
		t.Errorf("the template is %+v", of)
	}

	jonas := b.ActingFor(t.Context(), "jonas")
	next, err := b.Launch(jonas, of.Order)
	check(t, err)
	next = b.untilPhase(next.ID, model.PhaseRunning)
	if got := execute(t, b, next.ID, "cat", "/opt/env/lib"); got != "built for a day\n" {
		t.Errorf("the environment is %q", got)
	}
	seen := execute(t, b, next.ID, "sh", "-c", "env; cat /etc/environment /root/.vast_api_key /root/.ssh/authorized_keys /.launch")
	stopped, err := d.Create(t.Context(), engine.Request{Name: "berth-test-" + enginetest.Unique(), Image: ref})
	check(t, err)
	defer d.Remove(t.Context(), stopped)
	files, err := d.Export(t.Context(), stopped)
	check(t, err)
	exported, err := io.ReadAll(files)
	check(t, err)
	config, err := d.Inspect(t.Context(), stopped)
	check(t, err)
	for _, secret := range []string{i.Plan.APIKey, i.Plan.Secret, password, "COLOUR", "CONTAINER_API_KEY", "/.berth/guest", "aws_"} {
		if secret == "" {
			t.Fatal("the instance has no secret to look for")
		}
		if at := bytes.Index(exported, []byte(secret)); at >= 0 {
			t.Errorf("the exported image has %q: %q", secret, exported[max(at-60, 0):at+60])
		}
		for _, line := range append(config.Env, config.Labels[label.Order], config.Labels[label.ID], config.Labels[label.Proof]) {
			if strings.Contains(line, secret) {
				t.Errorf("its configuration has %q in %q", secret, line)
			}
		}
	}
	for _, secret := range []string{i.Plan.APIKey, i.Plan.Secret, password, "COLOUR"} {
		if strings.Contains(seen, secret) {
			t.Errorf("the other user's instance has %q", secret)
		}
	}
	if config.Labels[label.Owner] != "maria" || config.Labels[label.Order] != "" {
		t.Errorf("it is labelled %v", config.Labels)
	}
	if _, err := b.Snapshot(jonas, next.ID, ref); err == nil || !strings.Contains(err.Error(), "the engine has another image of that name") {
		t.Errorf("another user replaces it: %v", err)
	}
	for _, id := range []model.InstanceID{next.ID, i.ID} {
		b.act(id, model.ActionDestroy)
		b.within(time.Minute, id, "gone", func(_ model.Instance, there bool) bool { return !there })
	}
}

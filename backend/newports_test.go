package backend

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/label"
	"berth/model"
)

// Another container has the port of a stopped instance. When its user asks for it, the instance starts on other ports,
// with its files. This happens twice, because the second time the container is created from the image kept the first
// time. After a destroy no such image is left.
func TestAnInstanceWhosePortIsHeldStartsOnOthersWithItsFiles(t *testing.T) {
	d := enginetest.Docker(t)
	b := newBench(t, t.TempDir(), d).run()
	image := enginetest.Image(t, d)
	i := b.untilPhase(b.launch(model.Order{Image: image, Mode: model.ModeEntrypoint, Entrypoint: []string{"/bin/busybox"}, Args: []string{"sh", "-c", "trap exit TERM; httpd -p 8081; while :; do sleep 1; done"}, GPUs: 1, Disk: 10, Options: "-p 8081"}).ID, model.PhaseRunning)
	for round, text := range []string{"one", "two"} {
		execute(t, b, i.ID, "busybox", "sh", "-c", "echo "+text+" >> /root/kept")
		b.act(i.ID, model.ActionStop)
		b.untilPhase(i.ID, model.PhaseStopped)
		held := i.Plan.Ports
		stranger, err := d.Create(t.Context(), engine.Request{Name: "berth-test-" + enginetest.Unique(), Image: image, Ports: held})
		check(t, err)
		defer d.Remove(t.Context(), stranger)
		check(t, d.Start(t.Context(), stranger))
		b.act(i.ID, model.ActionNewPorts)
		before := i
		i = b.untilPhase(i.ID, model.PhaseRunning)
		if sameExternals(i.Plan.Ports, held) || i.Container == before.Container || i.Plan.NewPorts {
			t.Fatalf("round %d: container %s on %v, new ports %v", round, i.Container, i.Plan.Ports, i.Plan.NewPorts)
		}
		c, err := d.Inspect(t.Context(), i.Container)
		check(t, err)
		if !sameExternals(c.Ports, i.Plan.Ports) {
			t.Errorf("it has ports %v, the ledger says %v", c.Ports, i.Plan.Ports)
		}
	}
	var out, errs bytes.Buffer
	_, err := b.Exec(t.Context(), i.ID, []string{"busybox", "cat", "/root/kept"}, nil, &out, &errs)
	check(t, err)
	if got := strings.Fields(out.String()); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("its file has %q", got)
	}
	b.act(i.ID, model.ActionDestroy)
	b.untilGone(i.ID)
	images, err := d.Images(t.Context())
	check(t, err)
	for _, image := range images {
		if slices.ContainsFunc(image.Tags, func(tag string) bool { return strings.HasPrefix(tag, label.Kept(b.home, i.ID.String())) }) {
			t.Errorf("left behind: %v", image.Tags)
		}
	}
}

func sameExternals(a, b []model.Port) bool {
	externals := func(ports []model.Port) (out []int) {
		for _, p := range ports {
			out = append(out, p.External)
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(externals(a), externals(b))
}

package backend

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/gpu/cdi"
	"berth/model"
)

// What a container really has takes precedence over a ledger, a label or another berth. All tests use one engine.
func TestWhatContainersReallyHaveCounts(t *testing.T) {
	p := enginetest.Private(t, enginetest.PrivateOptions{Dockerd: enginetest.Newer(t, "28.5.2"), CDI: true})
	c := newCards(t)
	image := enginetest.Image(t, p.Docker)
	for name, test := range map[string]func(*testing.T, *cards, *enginetest.PrivateEngine, string){
		"an instance adopted after a loss has the GPUs of its last start, not those of its label": adoptedOnOthers,
		"a ledger brought back from a copy doesn't make two share a GPU":                          ledgerFromACopy,
		"two berths on one machine see what the other handed in":                                  twoBerths,
		"what the launcher is told follows the GPUs":                                              launcherKnows,
		"what was handed to an instance of which nothing else is left is taken back":              handedToNobody,
	} {
		t.Run(name, func(t *testing.T) { test(t, c, p, image) })
	}
}

func adoptedOnOthers(t *testing.T, c *cards, p *enginetest.PrivateEngine, image string) {
	home := t.TempDir()
	b := newBench(t, home, p.Docker).with(c).run()
	first := b.untilPhase(b.launch(resident(image, 2)).ID, model.PhaseRunning)
	now := restartElsewhere(b, c, first)
	c.use(model.Process{})
	b.stop()
	b.forget(first.ID) // only the ledger forgets

	again := newBench(t, home, p.Docker).with(c)
	if _, err := again.Launch(t.Context(), picking(image, now.GPUs...)); !errors.Is(err, model.ErrGPUsTaken) {
		t.Errorf("before it is adopted its GPUs could be launched on: %v", err)
	}
	again.run()
	back := again.untilPhase(first.ID, model.PhaseRunning)
	if !model.SameGPUs(back.GPUs, now.GPUs) {
		t.Errorf("adopted with %v, it runs on %v and was made on %v", back.GPUs, now.GPUs, first.GPUs)
	}
	again.expectSeen(c, back)
	again.end(first.ID)
}

func ledgerFromACopy(t *testing.T, c *cards, p *enginetest.PrivateEngine, image string) {
	home := t.TempDir()
	b := newBench(t, home, p.Docker).with(c).run()
	i := b.untilPhase(b.launch(resident(image, 2)).ID, model.PhaseRunning)
	b.stop()
	old := c.ids()[6:] // the GPUs in an older ledger
	for n, id := range old {
		b.rewrite("UPDATE gpu_leases SET gpu_uuid = ? WHERE instance = ? AND position = ?", string(id), i.ID, n)
	}
	b.rewrite("UPDATE instances SET started_at = 1 WHERE id = ?", i.ID) // as before its last start

	again := newBench(t, home, p.Docker).with(c)
	if _, err := again.Launch(t.Context(), picking(image, i.GPUs...)); !errors.Is(err, model.ErrGPUsTaken) {
		t.Errorf("the GPUs that it really has could be launched on: %v", err)
	}
	again.run()
	back := again.until(i.ID, "taken as it is", func(now model.Instance, _ bool) bool {
		return now.Phase == model.PhaseRunning && model.SameGPUs(now.GPUs, i.GPUs)
	})
	if !back.StartedAt.Equal(i.StartedAt) || back.Container != i.Container {
		t.Errorf("it was started at %v in %.12s, and was running since %v in %.12s", back.StartedAt, back.Container, i.StartedAt, i.Container)
	}
	again.expectSeen(c, back)
	again.end(i.ID)
}

func twoBerths(t *testing.T, c *cards, p *enginetest.PrivateEngine, image string) {
	one, other := newBench(t, t.TempDir(), p.Docker).with(c).run(), newBench(t, t.TempDir(), p.Docker).with(c).run()
	i := one.untilPhase(one.launch(resident(image, 3)).ID, model.PhaseRunning)
	if _, err := other.Launch(t.Context(), picking(image, i.GPUs[0])); !errors.Is(err, model.ErrGPUsTaken) || !strings.Contains(err.Error(), i.ID.String()) {
		t.Errorf("the other berth may launch on its GPU: %v; want a refusal that names %s", err, i.ID)
	}
	theirs := other.untilPhase(other.launch(resident(image, 5)).ID, model.PhaseRunning)
	other.expectSeen(c, theirs)

	// If both had decided at the same moment, neither would have seen the other's spec.
	late := model.Instance{ID: 9000, Order: resident(image, 1), GPUs: i.GPUs[:1]}
	made := &engine.Container{Claims: engine.Claims{IDs: []string{cdi.Device(late.ID)}}}
	err := other.handover.Hand(t.Context(), late, made, c.Sample(t.Context()).Devices)
	if err == nil || !strings.Contains(err.Error(), i.ID.String()) || !strings.Contains(err.Error(), one.home) {
		t.Errorf("handed in what %s has: %v", i.ID, err)
	}
	if ids, err := cdi.Folder(p.CDIDir).List(); err != nil || slices.Contains(ids, late.ID) {
		t.Errorf("specs of %v lie there (%v), one of them refused", ids, err)
	}
	one.end(i.ID)
	other.end(theirs.ID)
}

func handedToNobody(t *testing.T, c *cards, p *enginetest.PrivateEngine, image string) {
	home := t.TempDir()
	b := newBench(t, home, p.Docker).with(c).run()
	gone := b.untilPhase(b.launch(resident(image, 2)).ID, model.PhaseRunning)
	runs := b.untilPhase(b.launch(resident(image, 1)).ID, model.PhaseRunning)
	b.stop()
	b.forget(gone.ID)
	b.forget(runs.ID)
	check(t, p.Docker.Remove(t.Context(), gone.Container))
	specs := cdi.Folder(p.CDIDir)
	theirs := model.InstanceID(9001) // its engine may be one that this berth doesn't reach
	spec, err := cdi.Compose(cdi.NewHost("theirs"), cdi.Grant{Instance: theirs, Nonce: "theirs"})
	check(t, err)
	check(t, specs.Write(theirs, spec))
	t.Cleanup(func() { check(t, specs.Remove(theirs)) })
	if ids, err := specs.List(); err != nil || !slices.Equal(ids, []model.InstanceID{gone.ID, runs.ID, theirs}) {
		t.Fatalf("specs of %v lie there: %v", ids, err)
	}

	again := newBench(t, home, p.Docker).with(c).run()
	again.untilPhase(runs.ID, model.PhaseRunning)
	left := []model.InstanceID{runs.ID, theirs}
	var ids []model.InstanceID
	for late := time.Now().Add(time.Minute); !slices.Equal(ids, left) && time.Now().Before(late); time.Sleep(20 * time.Millisecond) {
		ids, err = specs.List()
		check(t, err)
	}
	if !slices.Equal(ids, left) {
		t.Errorf("specs of %v are left, want %v", ids, left)
	}
	again.end(runs.ID)
}

func launcherKnows(t *testing.T, c *cards, p *enginetest.PrivateEngine, image string) {
	b := newBench(t, t.TempDir(), p.Docker).with(c).run()
	o := model.Order{Image: image, Mode: model.ModeSSH, GPUs: 2, Disk: 10,
		OnStart: "echo $NVIDIA_VISIBLE_DEVICES > /root/onstart.says"}
	i := b.launch(o)
	for range 2 {
		// Its SSH server is in another network than the test, so it may stay connecting.
		i = b.until(i.ID, "started", func(n model.Instance, _ bool) bool {
			return n.Phase == model.PhaseConnecting || n.Phase == model.PhaseRunning
		})
		b.expectSeen(c, i)
		want := fmt.Sprintf("%s,%s\n", i.GPUs[0], i.GPUs[1])
		says := ""
		for late := time.Now().Add(time.Minute); says != want && time.Now().Before(late); time.Sleep(20 * time.Millisecond) {
			says = execute(t, b, i.ID, "sh", "-c", "cat /root/onstart.says || true")
		}
		if says != want {
			t.Errorf("on-start was told %q, want %q", says, want)
		}
		had := i
		b.act(i.ID, model.ActionStop)
		b.untilPhase(i.ID, model.PhaseStopped)
		c.use(model.Process{PID: 1}, had.GPUs...)
		time.Sleep((100 * time.Millisecond))
		b.act(i.ID, model.ActionStart)
		i = b.until(i.ID, "started elsewhere", func(n model.Instance, _ bool) bool { return len(n.GPUs) == 2 && !model.SameGPUs(n.GPUs, had.GPUs) })
	}
	c.use(model.Process{})
	b.end(i.ID)
}

// picking returns a resident with these GPUs.
func picking(image string, gpus ...model.GPUID) model.Order {
	o := resident(image, len(gpus))
	o.PickGPUs = gpus
	return o
}

// end destroys an instance, and waits until it is gone.
func (b *bench) end(id model.InstanceID) {
	b.t.Helper()
	b.act(id, model.ActionDestroy)
	b.untilGone(id)
}

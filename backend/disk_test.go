package backend

import (
	"berth/backend/engine/enginetest"
	"fmt"
	"strings"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/model"
)

var errNoQuotas = fmt.Errorf("--storage-opt is supported only for overlay over xfs with 'pquota' mount option (%w)", engine.ErrDiskQuota)

func TestAnInstancesDiskStaysHeldAsItWasMade(t *testing.T) {
	e, home := enginetest.NewSized(t, engine.Facts{StorageDriver: "btrfs"}), t.TempDir()
	e.Holds = true
	b := newBench(t, home, e).run()
	b.untilHeld(model.DiskEnforced)
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	image, err := e.Image(t.Context(), i.Order.Image)
	check(t, err)
	if image.Size == 0 {
		t.Fatal("an image of no size proves nothing")
	}
	b.expectHeld(i, model.DiskEnforced, 10*model.GB+image.Size+image.Size/8)
	b.stop()

	e.Holds = false // the next keeper's engine doesn't enforce sizes
	b.forget(i.ID)
	again := newBench(t, home, e).run()
	again.untilHeld(model.DiskWatched)
	i = again.untilPhase(i.ID, model.PhaseRunning)
	again.expectHeld(i, model.DiskEnforced, 10*model.GB+image.Size+image.Size/8)
	again.act(i.ID, model.ActionRecycle)
	before := i.Container
	i = again.until(i.ID, "recycled", func(n model.Instance, _ bool) bool { return n.Phase == model.PhaseRunning && n.Container != before })
	again.expectHeld(i, model.DiskEnforced, 10*model.GB+image.Size+image.Size/8)
	again.expectHeld(again.untilPhase(again.launch(service(1)).ID, model.PhaseRunning), model.DiskWatched, 0)
}

// untilHeld waits until the fleet shows this way of keeping disk limits.
func (b *bench) untilHeld(want model.DiskHold) {
	b.t.Helper()
	got := model.Host{}
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		f, err := b.Fleet(b.t.Context())
		check(b.t, err)
		if got = f.Host; got.DiskHold == want && !strings.Contains(got.DiskWhy, "no keeper has met") {
			return
		}
	}
	b.t.Fatalf("disks are %s: %s; want %s", got.DiskHold, got.DiskWhy, want)
}

// expectHeld checks how an instance's disk limit is kept, in its plan and in its container.
func (b *bench) expectHeld(i model.Instance, want model.DiskHold, size model.Bytes) {
	b.t.Helper()
	c, err := b.parts.Engine.Inspect(b.t.Context(), i.Container)
	check(b.t, err)
	if i.Plan.DiskHold != want || c.Resources.DiskSize != size {
		b.t.Errorf("%s is %s and was made with a size of %d; want %s, and %d", i.ID, i.Plan.DiskHold, c.Resources.DiskSize, want, size)
	}
}

func TestWhatCouldntBeTriedIsTriedAtTheNextLaunch(t *testing.T) {
	e := enginetest.NewSized(t, engine.Facts{StorageDriver: "btrfs"})
	e.Holds, e.Deaf = true, true
	b := newBench(t, t.TempDir(), e).run()
	b.untilHeld(model.DiskWatched)
	e.Hear(true)
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	if i.Plan.DiskHold != model.DiskEnforced || i.Plan.DiskWhy != "" {
		t.Errorf("its disk is %s: %s", i.Plan.DiskHold, i.Plan.DiskWhy)
	}
}

func TestASizeThatIsRefusedAfterAllIsSaid(t *testing.T) {
	e := enginetest.NewSized(t, engine.Facts{StorageDriver: "btrfs"})
	e.Holds = true
	b := newBench(t, t.TempDir(), e).run()
	b.untilHeld(model.DiskEnforced)
	e.FailNext("Create", errNoQuotas)
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	b.expectHeld(i, model.DiskWatched, 0)
	if !strings.Contains(i.Message, "its disk is watched: the engine refuses a size: --storage-opt") {
		t.Errorf("it says %q", i.Message)
	}
	b.untilHeld(model.DiskWatched)
}

func TestAnImageWithVolumesIsOnlyWatched(t *testing.T) {
	e := enginetest.NewSized(t, engine.Facts{StorageDriver: "btrfs"})
	e.Holds = true
	e.InVolumes = []string{"/data"}
	b := newBench(t, t.TempDir(), e).run()
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	b.expectHeld(i, model.DiskWatched, 0)
	if !strings.Contains(i.Message, "keeps /data in volumes") {
		t.Errorf("it says %q", i.Message)
	}
}

package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/backend/catalog"
	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/model"
)

// A sizedEngine is one whose storage driver treats sizes as the test says.
type sizedEngine struct {
	*memory.Engine
	holds   bool        // to a size that was given
	room    model.Bytes // of the disk itself, for each container; 0: endless
	deaf    bool        // to every file
	volumes []string    // of every image

	mu    sync.Mutex
	sizes map[string]model.Bytes // of containers
	taken map[string]model.Bytes
	made  int // containers, so far
}

func newSizedEngine(t *testing.T, f engine.Facts) *sizedEngine {
	e := &sizedEngine{Engine: inMemory(t), sizes: map[string]model.Bytes{}, taken: map[string]model.Bytes{}}
	f.Version, f.Cores, f.Memory, f.CgroupVersion = "in memory", 128, 1024*model.GiB, 2
	e.SetFacts(f)
	return e
}

func (e *sizedEngine) Create(ctx context.Context, r engine.Request) (string, error) {
	id, err := e.Engine.Create(ctx, r)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err == nil {
		e.made++
		e.sizes[id] = r.Resources.DiskSize
	}
	return id, err
}

func (e *sizedEngine) Image(ctx context.Context, ref string) (engine.Image, error) {
	image, err := e.Engine.Image(ctx, ref)
	image.Volumes = e.volumes
	return image, err
}

func (e *sizedEngine) CopyTo(ctx context.Context, id, dir string, archive io.Reader) error {
	content, err := io.ReadAll(archive)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.taken[id] += model.Bytes(len(content))
	switch size := e.sizes[id]; {
	case e.deaf:
		return errors.New("read-only file system")
	case e.holds && size > 0 && e.taken[id] > size:
		return fmt.Errorf("write /piece: disk quota exceeded (%w)", engine.ErrDiskFull)
	case e.room > 0 && e.taken[id] > e.room:
		return fmt.Errorf("write /piece: no space left on device (%w)", engine.ErrDiskFull)
	}
	return e.Engine.CopyTo(ctx, id, dir, strings.NewReader(string(content)))
}

var errNoQuotas = fmt.Errorf("--storage-opt is supported only for overlay over xfs with 'pquota' mount option (%w)", engine.ErrDiskQuota)

func TestAnEngineHoldsSizesIfAnOverfillFails(t *testing.T) {
	btrfs := engine.Facts{StorageDriver: "btrfs"}
	tests := map[string]struct {
		facts  engine.Facts
		change func(*sizedEngine)
		want   model.DiskHold
		says   string
		tried  bool
	}{
		"a write beyond the size fails":          {btrfs, func(e *sizedEngine) { e.holds = true }, model.DiskEnforced, "beyond a size was refused", true},
		"a size is taken and not held":           {btrfs, func(*sizedEngine) {}, model.DiskWatched, "32.0M went into a container of 16.0M", true},
		"containerd's image store takes any":     {engine.Facts{StorageDriver: "overlayfs", Snapshotter: true}, func(*sizedEngine) {}, model.DiskWatched, "went into", true},
		"overlay2 on xfs with quotas":            {engine.Facts{StorageDriver: "overlay2", BackingFS: "xfs"}, func(e *sizedEngine) { e.holds = true }, model.DiskEnforced, "refused", true},
		"overlay2 on xfs without":                {engine.Facts{StorageDriver: "overlay2", BackingFS: "xfs"}, func(e *sizedEngine) { e.FailNext("Create", errNoQuotas) }, model.DiskWatched, "pquota", false},
		"overlay2 elsewhere isn't tried":         {engine.Facts{StorageDriver: "overlay2", BackingFS: "extfs"}, func(e *sizedEngine) { e.holds = true }, model.DiskWatched, "on extfs", false},
		"fuse-overlayfs isn't tried":             {engine.Facts{StorageDriver: "fuse-overlayfs"}, func(e *sizedEngine) { e.holds = true }, model.DiskWatched, "fuse-overlayfs holds no sizes", false},
		"vfs isn't tried":                        {engine.Facts{StorageDriver: "vfs"}, func(e *sizedEngine) { e.holds = true }, model.DiskWatched, "vfs holds no sizes", false},
		"a disk that is full before says naught": {btrfs, func(e *sizedEngine) { e.room = 10 * model.MiB }, "", "the disk itself is full", true},
		"nor one that was full from the start":   {btrfs, func(e *sizedEngine) { e.room = model.MiB }, "", "not even a part", true},
		"nor an engine that takes no file":       {btrfs, func(e *sizedEngine) { e.deaf = true }, "", "read-only file system", true},
		"nor one that makes no container":        {btrfs, func(e *sizedEngine) { e.FailNext("Create", errors.New("no mood")) }, "", "no mood", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := newSizedEngine(t, test.facts)
			test.change(e)
			got, err := newMachine(t, t.TempDir(), e).try(t.Context(), test.facts)
			check(t, err)
			if got.Hold != test.want || !strings.Contains(got.Why, test.says) {
				t.Errorf("it is %q because %s; want %q, and %q in it", got.Hold, got.Why, test.want, test.says)
			}
			if tried := e.made > 0; tried != test.tried {
				t.Errorf("%d containers were made", e.made)
			}
			e.expectNothing(t)
		})
	}
}

// expectNothing sees that no container is left, and no image of an overfill.
func (e *sizedEngine) expectNothing(t *testing.T) {
	t.Helper()
	containers, err := e.List(t.Context())
	check(t, err)
	images, err := e.Images(t.Context())
	check(t, err)
	if len(containers) > 0 || len(images) > 0 {
		t.Errorf("left behind: %v %v", containers, images)
	}
}

func TestNoSizeIsTriedWhereTheConfigurationWantsNone(t *testing.T) {
	facts := engine.Facts{StorageDriver: "btrfs"}
	e := newSizedEngine(t, facts)
	e.holds = true
	m := newMachine(t, t.TempDir(), e)
	user := t.TempDir()
	check(t, os.WriteFile(filepath.Join(user, "config.toml"), []byte(`disk_sizes = "watched"`), 0o600))
	var err error
	m.catalog, err = catalog.Open(catalog.Folders{State: m.home, User: user})
	check(t, err)
	got, err := m.try(t.Context(), facts)
	check(t, err)
	if got.Hold != model.DiskWatched || !strings.Contains(got.Why, "disk_sizes") || e.made > 0 {
		t.Errorf("it is %q because %s, and %d containers were made", got.Hold, got.Why, e.made)
	}
}

func TestWhatAKilledOverfillLeftIsClearedByTheNext(t *testing.T) {
	facts := engine.Facts{StorageDriver: "btrfs"}
	e := newSizedEngine(t, facts)
	e.holds = true
	m := newMachine(t, t.TempDir(), e)
	o := overfill{engine: e, name: "berth-disk-" + m.mark()}
	empty, err := engine.OneFile("empty", nil)
	check(t, err)
	check(t, e.Import(t.Context(), o.name, empty, nil))
	_, err = e.Create(t.Context(), engine.Request{Name: o.name, Image: o.name, Entrypoint: []string{"/empty"}})
	check(t, err)
	got, err := m.try(t.Context(), facts)
	check(t, err)
	if got.Hold != model.DiskEnforced {
		t.Errorf("it is %q because %s", got.Hold, got.Why)
	}
	e.expectNothing(t)
}

func TestAnInstancesDiskStaysHeldAsItWasMade(t *testing.T) {
	e, home := newSizedEngine(t, engine.Facts{StorageDriver: "btrfs"}), t.TempDir()
	e.holds = true
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

	e.holds = false // a keeper to come finds an engine that holds nothing
	check(t, b.ledger.Remove(t.Context(), i.ID))
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

// untilHeld waits until the screens say how disks are held, and are right about it.
func (b *bench) untilHeld(want model.DiskHold) {
	b.t.Helper()
	got := model.Host{}
	for late := time.Now().Add(20 * time.Second); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		f, err := b.Fleet(b.t.Context())
		check(b.t, err)
		if got = f.Host; got.DiskHold == want && !strings.Contains(got.DiskWhy, "no keeper has met") {
			return
		}
	}
	b.t.Fatalf("disks are %s: %s; want %s", got.DiskHold, got.DiskWhy, want)
}

// expectHeld sees how an instance's disk is held, by its plan and by its container.
func (b *bench) expectHeld(i model.Instance, want model.DiskHold, size model.Bytes) {
	b.t.Helper()
	c, err := b.engine.Inspect(b.t.Context(), i.Container)
	check(b.t, err)
	if i.Plan.DiskHold != want || c.Resources.DiskSize != size {
		b.t.Errorf("%s is %s and was made with a size of %d; want %s, and %d", i.ID, i.Plan.DiskHold, c.Resources.DiskSize, want, size)
	}
}

func TestWhatCouldntBeTriedIsTriedAtTheNextLaunch(t *testing.T) {
	e := newSizedEngine(t, engine.Facts{StorageDriver: "btrfs"})
	e.holds, e.deaf = true, true
	b := newBench(t, t.TempDir(), e).run()
	b.untilHeld(model.DiskWatched)
	e.mu.Lock()
	e.deaf = false
	e.mu.Unlock()
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	if i.Plan.DiskHold != model.DiskEnforced || i.Plan.DiskWhy != "" {
		t.Errorf("its disk is %s: %s", i.Plan.DiskHold, i.Plan.DiskWhy)
	}
}

func TestASizeThatIsRefusedAfterAllIsSaid(t *testing.T) {
	e := newSizedEngine(t, engine.Facts{StorageDriver: "btrfs"})
	e.holds = true
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
	e := newSizedEngine(t, engine.Facts{StorageDriver: "btrfs"})
	e.holds = true
	e.volumes = []string{"/data"}
	b := newBench(t, t.TempDir(), e).run()
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
	b.expectHeld(i, model.DiskWatched, 0)
	if !strings.Contains(i.Message, "keeps /data in volumes") {
		t.Errorf("it says %q", i.Message)
	}
}

package keeper

import (
	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/backend/label"
	"berth/model"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

var errNoQuotas = fmt.Errorf("--storage-opt is supported only for overlay over xfs with 'pquota' mount option (%w)", engine.ErrDiskQuota)

func TestAnEngineHoldsSizesIfAnOverfillFails(t *testing.T) {
	btrfs := engine.Facts{StorageDriver: "btrfs"}
	tests := map[string]struct {
		facts  engine.Facts
		change func(*enginetest.Sized)
		want   model.DiskHold
		says   string
		tried  bool
	}{
		"a write beyond the size fails":          {btrfs, func(e *enginetest.Sized) { e.Holds = true }, model.DiskEnforced, "beyond a size was refused", true},
		"a size is taken and not held":           {btrfs, func(*enginetest.Sized) {}, model.DiskWatched, "32.0M went into a container of 16.0M", true},
		"containerd's image store takes any":     {engine.Facts{StorageDriver: "overlayfs", Snapshotter: true}, func(*enginetest.Sized) {}, model.DiskWatched, "went into", true},
		"overlay2 on xfs with quotas":            {engine.Facts{StorageDriver: "overlay2", BackingFS: "xfs"}, func(e *enginetest.Sized) { e.Holds = true }, model.DiskEnforced, "refused", true},
		"overlay2 on xfs without":                {engine.Facts{StorageDriver: "overlay2", BackingFS: "xfs"}, func(e *enginetest.Sized) { e.FailNext("Create", errNoQuotas) }, model.DiskWatched, "pquota", false},
		"overlay2 elsewhere isn't tried":         {engine.Facts{StorageDriver: "overlay2", BackingFS: "extfs"}, func(e *enginetest.Sized) { e.Holds = true }, model.DiskWatched, "on extfs", false},
		"fuse-overlayfs isn't tried":             {engine.Facts{StorageDriver: "fuse-overlayfs"}, func(e *enginetest.Sized) { e.Holds = true }, model.DiskWatched, "fuse-overlayfs holds no sizes", false},
		"vfs isn't tried":                        {engine.Facts{StorageDriver: "vfs"}, func(e *enginetest.Sized) { e.Holds = true }, model.DiskWatched, "vfs holds no sizes", false},
		"a disk that is full before says naught": {btrfs, func(e *enginetest.Sized) { e.Room = 10 * model.MiB }, "", "the disk itself is full", true},
		"nor one that was full from the start":   {btrfs, func(e *enginetest.Sized) { e.Room = model.MiB }, "", "not even a part", true},
		"nor an engine that takes no file":       {btrfs, func(e *enginetest.Sized) { e.Deaf = true }, "", "read-only file system", true},
		"nor one that makes no container":        {btrfs, func(e *enginetest.Sized) { e.FailNext("Create", errors.New("no mood")) }, "", "no mood", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := enginetest.NewSized(t, test.facts)
			test.change(e)
			got, err := trial(e).steps.tryDisk(t.Context(), test.facts)
			check(t, err)
			if got.Hold != test.want || !strings.Contains(got.Why, test.says) {
				t.Errorf("it is %q because %s; want %q, and %q in it", got.Hold, got.Why, test.want, test.says)
			}
			if tried := e.Made() > 0; tried != test.tried {
				t.Errorf("%d containers were made", e.Made())
			}
			expectNothing(t, e)
		})
	}
}

// expectNothing checks that the trial left no container and no image behind.
func expectNothing(t *testing.T, e *enginetest.Sized) {
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
	e := enginetest.NewSized(t, facts)
	e.Holds = true
	k := trial(e)
	k.WatchDisk = true
	got, err := k.steps.tryDisk(t.Context(), facts)
	check(t, err)
	if got.Hold != model.DiskWatched || !strings.Contains(got.Why, "disk_sizes") || e.Made() > 0 {
		t.Errorf("it is %q because %s, and %d containers were made", got.Hold, got.Why, e.Made())
	}
}

func TestWhatAKilledOverfillLeftIsClearedByTheNext(t *testing.T) {
	facts := engine.Facts{StorageDriver: "btrfs"}
	e := enginetest.NewSized(t, facts)
	e.Holds = true
	k := trial(e)
	o := overfill{engine: e, name: "berth-disk-" + label.Mark(k.Home)}
	empty, err := engine.OneFile("empty", nil)
	check(t, err)
	check(t, e.Import(t.Context(), o.name, empty, nil))
	_, err = e.Create(t.Context(), engine.Request{Name: o.name, Image: o.name, Entrypoint: []string{"/empty"}})
	check(t, err)
	got, err := k.steps.tryDisk(t.Context(), facts)
	check(t, err)
	if got.Hold != model.DiskEnforced {
		t.Errorf("it is %q because %s", got.Hold, got.Why)
	}
	expectNothing(t, e)
}

// trial makes a keeper that can try disk limits on an engine.
func trial(e Engine) *Keeper {
	return New(Parts{Home: "/state", Engine: e, Log: slog.New(slog.DiscardHandler), Now: time.Now})
}

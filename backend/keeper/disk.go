package keeper

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"berth/backend/engine"
	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// decideDisk writes down how the instance's disk will be held, before its container is made. Once it has had a
// container that stays as it is, whatever the engine can do by now, but for an image that puts folders where no
// size reaches.
func (m *maker) decideDisk(ctx context.Context, i model.Instance) (model.Instance, error) {
	plan := i.Plan
	if i.CreatedAt.IsZero() && plan.DiskWhy == "" {
		found, err := m.disks.of(ctx, m.facts())
		if err != nil {
			return i, err
		}
		plan.DiskHold, plan.DiskWhy = found.Hold, ""
		if found.Hold == "" {
			plan.DiskHold, plan.DiskWhy = model.DiskWatched, found.Why
		}
	}
	if plan.DiskHold == model.DiskEnforced {
		switch image, err := m.Engine.Image(ctx, i.Image()); {
		case err != nil && !errors.Is(err, engine.ErrNotFound): // that it went is for the create to find
			return i, err
		case len(image.Volumes) > 0:
			plan.DiskHold = model.DiskWatched
			plan.DiskWhy = "its image keeps " + strings.Join(image.Volumes, ", ") + " in volumes, which no size holds"
		}
	}
	if plan.DiskHold == i.Plan.DiskHold && plan.DiskWhy == i.Plan.DiskWhy {
		return i, nil
	}
	if plan.DiskWhy != "" {
		m.record(ctx, i.ID, "disk", "%s: %s", plan.DiskHold, plan.DiskWhy)
	}
	return m.reserve(ctx, i, func(i *model.Instance, _ ledger.Promises) error {
		i.Plan.DiskHold, i.Plan.DiskWhy = plan.DiskHold, plan.DiskWhy
		return nil
	})
}

// letGoOfDisk has the container made without a size, which the engine refused though it had held one before. The
// instance says so for as long as it lives.
func (m *maker) letGoOfDisk(ctx context.Context, i model.Instance, cause error) error {
	why := fmt.Sprintf("the engine refuses a size: %v", cause)
	m.record(ctx, i.ID, "disk", "%s: %s", model.DiskWatched, why)
	return errors.Join(m.disks.refused(ctx, m.facts(), cause), m.write(ctx, i, func(i *model.Instance) {
		i.Plan.DiskHold, i.Plan.DiskWhy, i.Message = model.DiskWatched, why, why
	}))
}

// diskException is what a running instance adds to its message where its disk isn't held as others' are.
func diskException(p model.Plan) string {
	if p.DiskWhy == "" {
		return ""
	}
	return "; its disk is " + string(p.DiskHold) + ": " + p.DiskWhy
}

// heldSize is the size a container is created with; 0: none. The btrfs driver counts the image in, which the promise
// doesn't, and counts blocks and trees where the image's size is that of its files: for many small ones an eighth more.
func heldSize(p model.Plan, f engine.Facts, image engine.Image) model.Bytes {
	switch {
	case p.DiskHold != model.DiskEnforced:
		return 0
	case f.StorageDriver == world.DriverBtrfs:
		return p.Disk + image.Size + image.Size/8
	}
	return p.Disk
}

// putFiles puts files into the container before it starts. Where there is no space left for them, those of its last
// start serve, for the archive is such that half of it changes nothing: only by starting can its owner make space.
func (m *maker) putFiles(ctx context.Context, i model.Instance, c *engine.Container) error {
	err := m.unpackFiles(ctx, i, c)
	if !errors.Is(err, engine.ErrDiskFull) || neverStarted(c) {
		return err
	}
	m.record(ctx, i.ID, "start", "its disk is full, so the files of its last start serve: %v", err)
	return nil
}

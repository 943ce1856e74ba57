package keeper

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"berth/backend/engine"
	"berth/backend/world"
	"berth/model"
)

// decideDisk decides how the instance's disk will be held, and writes it to the row before the container is created.
// The decision stays for the instance's life, even if the engine changes. The one exception is an image that declares
// volumes, because no size limits those.
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
		case err != nil && !errors.Is(err, engine.ErrNotFound): // a missing image is reported by the create
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
	return m.revise(ctx, i, func(i *model.Instance) error {
		i.Plan.DiskHold, i.Plan.DiskWhy = plan.DiskHold, plan.DiskWhy
		return nil
	})
}

// dropDiskSize makes the next create go without a size, after the engine refused one although it was found to hold
// sizes. The instance's row keeps the reason for as long as the instance lives.
func (m *maker) dropDiskSize(ctx context.Context, i model.Instance, cause error) error {
	why := fmt.Sprintf("the engine refuses a size: %v", cause)
	m.record(ctx, i.ID, "disk", "%s: %s", model.DiskWatched, why)
	return errors.Join(m.disks.refused(ctx, m.facts(), cause), m.write(ctx, i, func(i *model.Instance) {
		i.Plan.DiskHold, i.Plan.DiskWhy, i.Message = model.DiskWatched, why, why
	}))
}

// diskException is added to a running instance's message if its disk isn't held as expected.
func diskException(p model.Plan) string {
	if p.DiskWhy == "" {
		return ""
	}
	return "; its disk is " + string(p.DiskHold) + ": " + p.DiskWhy
}

// heldSize returns the disk size that a container is created with; 0: none. The btrfs driver counts the image's data
// too, which the promise doesn't. It counts blocks and trees, while the image's size is the sum of its files; for many
// small files that is up to an eighth more.
func heldSize(p model.Plan, f engine.Facts, image engine.Image) model.Bytes {
	switch {
	case p.DiskHold != model.DiskEnforced:
		return 0
	case f.StorageDriver == world.DriverBtrfs:
		return p.Disk + image.Size + image.Size/8
	}
	return p.Disk
}

// putFiles puts files into the container before it starts. If the disk is full, the files of the last start are used,
// because only by starting can the owner free space. That is safe: an archive that is unpacked only in part changes
// nothing that is used.
func (m *maker) putFiles(ctx context.Context, i model.Instance, c *engine.Container) error {
	err := m.unpackFiles(ctx, i, c)
	if !errors.Is(err, engine.ErrDiskFull) || neverStarted(c) {
		return err
	}
	m.record(ctx, i.ID, "start", "its disk is full, so the files of its last start serve: %v", err)
	return nil
}

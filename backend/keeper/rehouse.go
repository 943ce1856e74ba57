package keeper

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/model"
)

// An engine binds a container to the same ports for its life. If somebody else has one of these ports, or a killed
// engine has leaked it, the only way to keep the files is another container with the same files.

// rehouse commits a container's files as an image and removes the container. The next container is created from that
// image, with newly chosen ports. The row names the image before the container is removed.
func (s *steps) rehouse(ctx context.Context, i model.Instance, c *engine.Container) error {
	image, err := s.Engine.Image(ctx, i.Image())
	if err != nil {
		return err
	}
	if len(image.Volumes) > 0 {
		return fmt.Errorf("its image keeps %s in volumes, which can't be moved to a container with new ports: copy out what matters "+
			"(berth cp) and recycle, or restart the engine", strings.Join(image.Volumes, ", "))
	}
	kept := label.Kept(s.Home, i.ID.String()) + c.ID[:min(len(c.ID), 12)]
	if i.Plan.Kept != kept {
		if err := s.Engine.RemoveImage(ctx, kept); err != nil { // left by a try whose answer was lost
			return err
		}
		if err := s.Engine.Commit(ctx, c.ID, kept); err != nil {
			return err
		}
		s.record(ctx, i.ID, "keep", "the files of container %.12s, for one with new ports", c.ID)
		return s.write(ctx, i, func(i *model.Instance) { i.Phase, i.Plan.Kept = model.PhaseRecycling, kept })
	}
	if err := s.Engine.Remove(ctx, c.ID); err != nil {
		return err
	}
	s.removeKeptImages(ctx, i, kept)
	return s.write(ctx, i, func(i *model.Instance) {
		i.Phase, i.Container, i.Plan.NewPorts = model.PhaseCreating, "", false
	})
}

// removeKeptImages removes the images made of an instance's files, except one; empty: no exception. An image that
// somebody has created a container from stays.
func (s *steps) removeKeptImages(ctx context.Context, i model.Instance, but string) {
	if i.Plan.Kept == "" && !i.Plan.NewPorts {
		return
	}
	images, err := s.Engine.Images(ctx)
	for _, image := range images {
		for _, tag := range image.Tags {
			if !strings.HasPrefix(tag, label.Kept(s.Home, i.ID.String())) || tag == but {
				continue
			}
			if failed := s.Engine.RemoveImage(ctx, tag); !errors.Is(failed, engine.ErrConflict) {
				err = errors.Join(err, failed)
			}
		}
	}
	s.complain(ctx, i.ID, "removing what was kept of it", err)
}

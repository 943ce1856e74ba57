package keeper

import (
	"context"
	"errors"
	"fmt"

	"berth/assets"
	"berth/backend/engine"
	"berth/backend/starter/image"
	"berth/model"
)

// image makes sure that the instance's image is on the engine, and returns its facts. Like `docker run` it doesn't pull
// an image that is present, unless fresh is set.
func (m *maker) image(ctx context.Context, i model.Instance, fresh bool) (engine.Image, error) {
	if i.Plan.Kept != "" && !fresh { // a local image, in no registry
		return m.Engine.Image(ctx, i.Plan.Kept)
	}
	ref := i.Order.Image
	have, err := m.Engine.Image(ctx, ref)
	switch {
	case err != nil && !errors.Is(err, engine.ErrNotFound):
		return have, err
	case err == nil && !fresh:
		return have, nil
	case ref == image.Name && err == nil:
		return have, nil // the starter image is part of this program: there is no newer one
	case ref == image.Name:
		return importStarter(ctx, m.Engine, image.Name)
	}
	return m.fetch(ctx, i, have)
}

// fetch pulls the image and writes its progress to the ledger. An image that exists only on this machine can't be
// pulled: if one is present, it is used, and history says so.
func (m *maker) fetch(ctx context.Context, i model.Instance, have engine.Image) (engine.Image, error) {
	if err := m.write(ctx, i, func(i *model.Instance) {
		if i.Phase != model.PhaseRecycling {
			i.Phase = model.PhaseLoading
		}
		i.Message = "pulling " + i.Order.Image
	}); err != nil {
		return have, err
	}
	auth, unread, err := m.Login(i.Owner, i.Order.Registry)
	if err != nil {
		return have, err
	}
	err = m.Engine.Pull(ctx, i.Order.Image, auth, func(p model.Progress) {
		if err := m.Ledger.SetProgress(ctx, i.ID, p); err != nil {
			m.complain(ctx, i.ID, "noting progress", err)
		}
	})
	err = model.Explained(model.AreaPull, err, model.Subject{Image: i.Order.Image, Registry: i.Order.Registry})
	if err != nil && unread != nil && !errors.Is(err, engine.ErrUnavailable) {
		err = fmt.Errorf("%w (pulled without %s's login for %s: %w)", err, i.Owner, i.Order.Registry, unread)
	}
	if err != nil && have.ID != "" && ctx.Err() == nil {
		m.record(ctx, i.ID, "pull", "no fresh image (%v): the one at hand serves", err)
		return have, nil
	}
	if err != nil {
		return have, err
	}
	m.record(ctx, i.ID, "pull", "%s", i.Order.Image)
	return m.Engine.Image(ctx, i.Order.Image)
}

// Starter makes sure that the engine has the starter image of this program, and returns its ID. The ID is needed
// because a name may stand for another image after the next pull.
func Starter(ctx context.Context, e Images) (string, error) {
	have, err := e.Image(ctx, image.Trusted)
	if errors.Is(err, engine.ErrNotFound) {
		have, err = importStarter(ctx, e, image.Trusted)
	}
	return have.ID, err
}

// importStarter creates the starter image under a name from the bytes in this program.
func importStarter(ctx context.Context, e Images, name string) (engine.Image, error) {
	program, err := assets.Starter()
	if err != nil {
		return engine.Image{}, fmt.Errorf("the starter image: %w", err)
	}
	rootfs := image.Rootfs(program)
	defer rootfs.Close() //nolint:errcheck // the reading end of a pipe
	if err := e.Import(ctx, name, rootfs, image.Changes()); err != nil {
		return engine.Image{}, err
	}
	return e.Image(ctx, name)
}

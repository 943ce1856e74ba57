package backend

import (
	"context"
	"errors"
	"fmt"

	"berth/assets"
	"berth/backend/catalog"
	"berth/backend/engine"
	"berth/backend/starter/image"
	"berth/model"
)

// image sees that the instance's image is on the engine and says what it is made of. One that is there is
// not asked for again, as with `docker run`, unless it is wanted fresh.
func (k *Keeper) image(ctx context.Context, i model.Instance, fresh bool) (engine.Image, error) {
	ref := i.Order.Image
	have, err := k.m.engine.Image(ctx, ref)
	switch {
	case err != nil && !errors.Is(err, engine.ErrNotFound):
		return have, err
	case err == nil && !fresh:
		return have, nil
	case ref == image.Name && err == nil:
		return have, nil // ours is in this program: there is no fresher one
	case ref == image.Name:
		return importStarter(ctx, k.m.engine)
	}
	return k.fetch(ctx, i, have)
}

// fetch pulls the image, its progress going into the ledger. An image that only this machine has can't be
// pulled: where a fresh one was wanted, the one at hand serves, and history says so.
func (k *Keeper) fetch(ctx context.Context, i model.Instance, have engine.Image) (engine.Image, error) {
	if err := k.update(ctx, i.ID, func(i *model.Instance) {
		if i.Phase != model.PhaseRecycling {
			i.Phase = model.PhaseLoading
		}
		i.Message = "pulling " + i.Order.Image
	}); err != nil {
		return have, err
	}
	auth, err := k.m.login(i.Owner, i.Order.Registry)
	unread := err
	if errors.Is(err, catalog.ErrOutOfReach) {
		err = nil // registries show many images to everybody
	}
	if err != nil {
		return have, err
	}
	err = k.m.engine.Pull(ctx, i.Order.Image, auth, func(p model.Progress) {
		if err := k.m.ledger.SetProgress(ctx, i.ID, p); err != nil {
			k.complain(ctx, i.ID, "noting progress", err)
		}
	})
	if err != nil && unread != nil && !errors.Is(err, engine.ErrUnavailable) {
		err = fmt.Errorf("%w (pulled without %s's login for %s: %w)", err, i.Owner, i.Order.Registry, unread)
	}
	if err != nil && have.ID != "" && ctx.Err() == nil {
		k.record(ctx, i.ID, "pull", "no fresh image (%v): the one at hand serves", err)
		return have, nil
	}
	if err != nil {
		return have, err
	}
	k.record(ctx, i.ID, "pull", "%s", i.Order.Image)
	return k.m.engine.Image(ctx, i.Order.Image)
}

// starter sees that the engine has the starter image, and names it.
func (m *Machine) starter(ctx context.Context) (string, error) {
	if _, err := m.engine.Image(ctx, image.Name); errors.Is(err, engine.ErrNotFound) {
		if _, err := importStarter(ctx, m.engine); err != nil {
			return "", err
		}
	}
	return image.Name, nil
}

// importStarter makes the starter image from the bytes in this program.
func importStarter(ctx context.Context, e Engine) (engine.Image, error) {
	program, err := assets.Starter()
	if err != nil {
		return engine.Image{}, fmt.Errorf("the starter image: %w", err)
	}
	rootfs := image.Rootfs(program)
	defer rootfs.Close() //nolint:errcheck // it is a pipe's reading end
	if err := e.Import(ctx, image.Name, rootfs, image.Changes()); err != nil {
		return engine.Image{}, err
	}
	return e.Image(ctx, image.Name)
}

// login finds an owner's login for a registry; none is asked for where the order names none.
func (m *Machine) login(owner, registry string) (*engine.Auth, error) {
	if registry == "" {
		return nil, nil
	}
	c, err := m.catalogFor(owner)
	if err != nil {
		return nil, err
	}
	l, err := c.Login(registry)
	if err != nil {
		return nil, err
	}
	return &engine.Auth{Host: l.Host, User: l.User, Password: l.Password}, nil
}

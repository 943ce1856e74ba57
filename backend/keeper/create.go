package keeper

import (
	"context"
	"errors"
	"slices"
	"time"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/backend/world"
	"berth/model"
)

// A maker creates containers: it makes sure that the image is there, collects the create request, decides how the disk
// is held, and puts in the promised files.
type maker struct {
	*shared
	disks *diskHold
}

func newMaker(d *shared) maker {
	m := maker{shared: d, disks: &diskHold{}}
	m.disks.try = m.tryDisk
	m.disks.note = func(ctx context.Context, h world.Holding) error { return world.NoteHolding(ctx, d.Ledger, h) }
	return m
}

// create creates the container. A container that a killed keeper created and didn't write down is found by its name.
func (s *steps) create(ctx context.Context, i model.Instance) error {
	if i.Plan.Renewal != nil { // its old container went, and nobody wrote that down
		return s.write(ctx, i, func(i *model.Instance) {
			i.Renew()
			i.Phase, i.Container, i.Plan.Removing = model.PhaseCreating, "", ""
		})
	}
	portless := slices.ContainsFunc(i.Plan.Ports, func(p model.Port) bool { return p.External == 0 })
	if portless || i.Order.GPUs > 0 && len(i.GPUs) == 0 { // these come first
		return s.write(ctx, i, func(i *model.Instance) {
			i.Phase, i.Container, i.Plan.NewPorts = model.PhaseCreating, "", false
		})
	}
	i, err := s.decideDisk(ctx, i)
	if err != nil {
		return err
	}
	if i, err = s.furnish(ctx, i); err != nil {
		return err
	}
	request, err := s.request(ctx, i)
	if err != nil {
		return err
	}
	if err := s.Handover.TakeBack(ctx, i); err != nil { // they were handed to an earlier container of this number
		return err
	}
	c, err := s.createNamed(ctx, i, request)
	if errors.Is(err, engine.ErrDiskQuota) && request.Resources.DiskSize > 0 {
		return s.dropDiskSize(ctx, i, err)
	}
	if errors.Is(err, engine.ErrNotFound) && i.Phase != model.PhaseRecycling { // the image has gone since it was pulled
		return s.write(ctx, i, func(i *model.Instance) { i.Phase = model.PhaseCreating })
	}
	if err != nil {
		return err
	}
	s.record(ctx, i.ID, "create", "container %.12s from %s", c.ID, i.Image())
	return s.write(ctx, i, func(i *model.Instance) {
		i.Container, i.Phase, i.CreatedAt = c.ID, model.PhaseStarting, s.Now()
		i.Starting, i.StartedAt, i.Plan.Removing = i.Wish, c.StartedAt, ""
	})
}

// createTimeout is how long the engine may take to create a container. A create is never cancelled before: the engine
// may complete a request that was cancelled.
const createTimeout = 2 * time.Minute

// createNamed creates the container under the first of its names that no stranger's container has.
func (m *maker) createNamed(ctx context.Context, i model.Instance, r engine.Request) (c *engine.Container, err error) {
	for _, r.Name = range m.containerNames(i.ID) {
		r.Labels[label.Proof] = m.Key.Sign(r.Name, r.Image, r.Labels)
		if c, err = m.createOnce(ctx, i, r); c != nil || !errors.Is(err, engine.ErrConflict) {
			return c, err
		}
	}
	return nil, err
}

// createOnce sends the create request. After an error it looks whether a container was made all the same. If the name
// is taken, it may be by a container that an earlier keeper has begun to create; such a container can only be inspected
// once it is complete, so the look is repeated.
func (m *maker) createOnce(ctx context.Context, i model.Instance, r engine.Request) (*engine.Container, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), createTimeout)
	defer cancel()
	const patience, pause = 5 * time.Second, 50 * time.Millisecond
	id, failure := m.Engine.Create(ctx, r)
	if failure == nil {
		return &engine.Container{ID: id, State: engine.Created, Ports: r.Ports}, nil
	}
	for waited := time.Duration(0); waited < patience; waited += pause {
		c, err := m.Engine.Inspect(ctx, r.Name)
		switch {
		case err == nil && !m.provenOf(c, i.ID):
			return nil, failure // a stranger's container
		case err == nil && neverStarted(&c) && !sameBindings(c.Ports, r.Ports):
			// It was created for ports that the instance had earlier. It never ran, so nothing is lost.
			if err := m.Engine.Remove(ctx, c.ID); err != nil {
				return nil, err
			}
			return nil, errNotYet
		case err == nil:
			return &c, nil
		case !errors.Is(err, engine.ErrNotFound):
			return nil, err
		case !errors.Is(failure, engine.ErrConflict): // it doesn't exist, so nothing was made
			return nil, failure
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
	return nil, failure
}

package keeper

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/model"
)

// createWait is how long an engine may take to make a container. A create is never given up on halfway: one that was
// cancelled may have been done.
const createWait = 2 * time.Minute

// createNamed makes the container under the first of its names that no stranger has.
func (m *maker) createNamed(ctx context.Context, i model.Instance, r engine.Request) (c *engine.Container, err error) {
	for _, r.Name = range m.containerNames(i.ID) {
		r.Labels[label.Proof] = m.Key.Sign(r.Name, r.Image, r.Labels)
		if c, err = m.createOnce(ctx, i, r); c != nil || !errors.Is(err, engine.ErrConflict) {
			return c, err
		}
	}
	return nil, err
}

// createOnce asks the engine for the container, and looks what has come of it where the answer wasn't a plain yes:
// an error doesn't mean that nothing was made. A name that is taken may be that of a container which the keeper before
// had begun; it can be seen when it is done.
func (m *maker) createOnce(ctx context.Context, i model.Instance, r engine.Request) (*engine.Container, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), createWait)
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
			return nil, failure // a stranger's
		case err == nil && neverStarted(&c) && !sameBindings(c.Ports, r.Ports):
			// Made for ports that it was promised once: it has nothing to lose.
			if err := m.Engine.Remove(ctx, c.ID); err != nil {
				return nil, err
			}
			return nil, errNotYet
		case err == nil:
			return &c, nil
		case !errors.Is(err, engine.ErrNotFound):
			return nil, err
		case !errors.Is(failure, engine.ErrConflict): // it isn't there, so it wasn't made
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

// asPromised sees that a container which the ledger doesn't name has the bindings that the ledger promises, for they
// stay as they are for its life. One that never ran is removed where it doesn't, and made anew; one that did is taken
// with those it has. False says that the step is over.
func (s *steps) asPromised(ctx context.Context, i model.Instance, c *engine.Container) (bool, error) {
	if i.Container == c.ID || sameBindings(c.Ports, i.Plan.Ports) {
		return true, nil
	}
	if neverStarted(c) {
		s.record(ctx, i.ID, "create", "container %.12s has other ports than promised: made anew", c.ID)
		return false, s.Engine.Remove(ctx, c.ID)
	}
	_, err := s.reserve(ctx, i, func(i *model.Instance, _ ledger.Promises) error {
		i.Container, i.Plan.Ports = c.ID, boundAs(i.Plan.Ports, c.Ports)
		return nil
	})
	return false, err
}

// bindings are a list of ports as an engine binds them.
func bindings(ports []model.Port) map[model.Port]bool {
	bound := map[model.Port]bool{}
	for _, p := range ports {
		bound[model.Port{Protocol: p.Protocol, Internal: p.Internal, External: p.External}] = true
	}
	return bound
}

func sameBindings(a, b []model.Port) bool { return maps.Equal(bindings(a), bindings(b)) }

// boundAs are an instance's ports with the numbers outside that its container really has.
func boundAs(ports, real []model.Port) []model.Port {
	out := slices.Clone(ports)
	for n, p := range out {
		for _, r := range real {
			if r.Protocol == p.Protocol && (r.Internal == p.Internal || p.Internal == 0 && r.Internal == r.External) {
				out[n].Internal, out[n].External = r.Internal, r.External
				break
			}
		}
	}
	return out
}

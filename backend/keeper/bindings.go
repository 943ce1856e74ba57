package keeper

import (
	"context"
	"maps"
	"slices"

	"berth/backend/engine"
	"berth/model"
)

// asPromised makes sure that a container which the row doesn't name has the port bindings that the row promises;
// bindings can't change during a container's life. With other bindings, a container that never ran is removed, to be
// created again; one that did run is taken with its bindings. It returns false if the step is over.
func (s *steps) asPromised(ctx context.Context, i model.Instance, c *engine.Container) (bool, error) {
	if i.Container == c.ID || sameBindings(c.Ports, i.Plan.Ports) {
		return true, nil
	}
	if neverStarted(c) {
		s.record(ctx, i.ID, "create", "container %.12s has other ports than promised: made anew", c.ID)
		return false, s.Engine.Remove(ctx, c.ID)
	}
	_, err := s.revise(ctx, i, func(i *model.Instance) error {
		i.Container, i.Plan.Ports = c.ID, boundAs(i.Plan.Ports, c.Ports)
		return nil
	})
	return false, err
}

// bindings returns a list of ports as an engine binds them.
func bindings(ports []model.Port) map[model.Port]bool {
	bound := map[model.Port]bool{}
	for _, p := range ports {
		bound[model.Port{Protocol: p.Protocol, Internal: p.Internal, External: p.External}] = true
	}
	return bound
}

func sameBindings(a, b []model.Port) bool { return maps.Equal(bindings(a), bindings(b)) }

// boundAs returns an instance's ports with the external numbers that its container really has.
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

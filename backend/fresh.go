package backend

import (
	"context"
	"maps"
	"time"

	"berth/backend/engine"
	"berth/backend/handover"
	"berth/model"
)

// fresh is the world with readings and claims of now, to decide by: a GPU that was given back a moment ago mustn't
// seem in use, nor one that somebody else has just taken seem free. Readings younger than life do. A driver that
// doesn't answer isn't waited for.
func (m *Machine) fresh(ctx context.Context, w world, life time.Duration) world {
	if !w.sample.Condition.OK || life > 0 && m.now().Sub(w.sample.At) < life {
		return w
	}
	w = m.recount(ctx, w)
	m.tellBusy(w)
	w.sample = m.gpus.Sample(ctx)
	w.devices = w.sample.Devices
	return w
}

// recount is the world with the containers of which the engine's events are still on their way. An engine that
// doesn't answer leaves it as it is.
func (m *Machine) recount(ctx context.Context, w world) world {
	list, err := m.engine.List(ctx)
	if err != nil {
		return w
	}
	there := map[string]bool{}
	for _, c := range list {
		there[c.ID] = true
		if before, known := w.containers[c.ID]; known && before.Alive() == c.Alive() {
			continue
		}
		if whole, err := m.engine.Inspect(ctx, c.ID); err == nil { // else it went just now
			w = m.withContainer(ctx, w, c.ID, &whole)
		}
	}
	for id := range w.containers {
		if !there[id] {
			w = m.withContainer(ctx, w, id, nil)
		}
	}
	return w
}

// tellBusy tells simulated GPUs which of them work.
func (m *Machine) tellBusy(w world) {
	if s, ok := m.gpus.(interface{ SetBusy(map[model.GPUID]bool) }); ok {
		s.SetBusy(w.atWork())
	}
}

// withContainers is the world with other containers. What those with a spec of ours were really given is looked
// up: their name doesn't tell, and some are of other ledgers.
func (m *Machine) withContainers(ctx context.Context, w world, all map[string]engine.Container) world {
	given := make(map[string][]model.GPUID)
	for id, c := range all {
		if before, known := w.containers[id]; known && before.StartedAt.Equal(c.StartedAt) && before.State == c.State {
			if gpus, had := w.given[id]; had {
				given[id] = gpus
			}
			continue
		}
		if _, named := handover.InstanceOf(&c); !named {
			continue
		}
		if gpus, told := m.handover.Given(ctx, &c); told {
			given[id] = gpus
		}
	}
	w.containers, w.given = all, given
	return w
}

// withContainer is withContainers for one of them: as it is now, or nil where it is gone.
func (m *Machine) withContainer(ctx context.Context, w world, id string, c *engine.Container) world {
	all := maps.Clone(w.containers) // the last world is still being read
	if all == nil {
		all = map[string]engine.Container{}
	}
	delete(all, id)
	if c != nil {
		all[id] = *c
	}
	return m.withContainers(ctx, w, all)
}

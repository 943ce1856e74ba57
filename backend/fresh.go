package backend

import (
	"context"
	"errors"
	"maps"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// readingLife is how old a reading may be for a decision.
const readingLife = 100 * time.Millisecond

// fresh is the world with readings and claims of now, to decide by: a GPU that was given back a moment ago mustn't
// seem in use, nor one that somebody else has just taken seem free. A driver that doesn't answer isn't waited for.
func (m *Machine) fresh(ctx context.Context, w world) world {
	for id, c := range w.containers {
		if !alive(&c) || !c.Claims.Any() || w.promised(c) {
			continue
		}
		// Somebody's GPUs as of the last event; it may have ended since.
		now, err := m.engine.Inspect(ctx, id)
		switch {
		case errors.Is(err, engine.ErrNotFound):
			w = m.withContainer(ctx, w, id, nil)
		case err == nil:
			w = m.withContainer(ctx, w, id, &now)
		}
	}
	if !w.sample.Condition.OK || m.now().Sub(w.sample.At) < readingLife {
		return w
	}
	m.tellBusy(w)
	w.sample = m.gpus.Sample(ctx)
	w.devices = w.sample.Devices
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
		if _, named := devicesOf(&c); !named {
			continue
		}
		if gpus, told := m.handover.given(ctx, &c); told {
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

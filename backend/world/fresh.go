package world

import (
	"context"
	"maps"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// Fresh is the world with readings and claims of now, to decide by: a GPU that was given back a moment ago mustn't
// seem in use, nor one that somebody else has just taken seem free. Readings younger than life do. A driver that
// doesn't answer isn't waited for.
func (o *Observer) Fresh(ctx context.Context, w World, life time.Duration) World {
	if !w.Sample.Condition.OK || life > 0 && o.Now().Sub(w.Sample.At) < life {
		return w
	}
	w = o.recount(ctx, w)
	o.tellBusy(w)
	w.Sample = o.GPUs.Sample(ctx)
	w.Devices = w.Sample.Devices
	return w
}

// recount is the world with the containers of which the engine's events are still on their way. An engine that
// doesn't answer leaves it as it is.
func (o *Observer) recount(ctx context.Context, w World) World {
	list, err := o.Engine.List(ctx)
	if err != nil {
		return w
	}
	there := map[string]bool{}
	for _, c := range list {
		there[c.ID] = true
		if before, known := w.Containers[c.ID]; known && before.Alive() == c.Alive() {
			continue
		}
		if whole, err := o.Engine.Inspect(ctx, c.ID); err == nil { // else it went just now
			w = o.withContainer(ctx, w, c.ID, &whole)
		}
	}
	for id := range w.Containers {
		if !there[id] {
			w = o.withContainer(ctx, w, id, nil)
		}
	}
	return w
}

// tellBusy tells simulated GPUs which of them work.
func (o *Observer) tellBusy(w World) {
	if s, ok := o.GPUs.(interface{ SetBusy(map[model.GPUID]bool) }); ok {
		s.SetBusy(w.atWork())
	}
}

// withContainers is the world with other containers. What those that run were really given is looked up: their
// requests don't tell, and some are of other ledgers.
func (o *Observer) withContainers(ctx context.Context, w World, all map[string]engine.Container) World {
	given := make(map[string][]model.GPUID)
	for id, c := range all {
		if before, known := w.Containers[id]; known && before.StartedAt.Equal(c.StartedAt) && before.State == c.State {
			if gpus, had := w.Given[id]; had {
				given[id] = gpus
			}
			continue
		}
		if !c.Alive() || w.Site.Simulated != "" && !w.Ours(c) { // simulated GPUs are handed to ours alone
			continue
		}
		if gpus, told := o.Handover.Given(ctx, &c); told {
			given[id] = gpus
		}
	}
	w.Containers, w.Given = all, given
	return w
}

// withContainer is withContainers for one of them: as it is now, or nil where it is gone.
func (o *Observer) withContainer(ctx context.Context, w World, id string, c *engine.Container) World {
	all := maps.Clone(w.Containers) // the last world is still being read
	if all == nil {
		all = map[string]engine.Container{}
	}
	delete(all, id)
	if c != nil {
		all[id] = *c
	}
	return o.withContainers(ctx, w, all)
}

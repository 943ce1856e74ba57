package world

import (
	"context"
	"maps"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// Fresh returns the world with current readings and containers, to decide by: a GPU that was released a moment ago
// mustn't seem in use, nor one that somebody has just taken seem free. Readings younger than life are used as they are.
// If the driver doesn't answer, the world is returned as it is.
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

// recount updates the containers whose engine events are still on their way. If the engine doesn't answer, the world
// stays as it is.
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
		if whole, err := o.Engine.Inspect(ctx, c.ID); err == nil { // an error means that the container has just gone
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

// tellBusy tells simulated GPUs which of them are at work.
func (o *Observer) tellBusy(w World) {
	if s, ok := o.GPUs.(interface{ SetBusy(map[model.GPUID]bool) }); ok {
		s.SetBusy(w.busyGPUs())
	}
}

// withContainers returns the world with other containers. For each running one it looks up which GPUs it was really
// given: a container's request doesn't tell, and some containers belong to other ledgers.
func (o *Observer) withContainers(ctx context.Context, w World, all map[string]engine.Container) World {
	w.proofs = w.provenAmong(all)
	given := make(map[string][]model.GPUID)
	for id, c := range all {
		if before, known := w.Containers[id]; known && before.StartedAt.Equal(c.StartedAt) && before.State == c.State {
			if gpus, had := w.Given[id]; had {
				given[id] = gpus
			}
			continue
		}
		if !c.Alive() || w.Site.Simulated != "" && !w.Ours(c) { // simulated GPUs are only given to berth's containers
			continue
		}
		if gpus, told := o.Handover.Given(ctx, &c); told {
			given[id] = gpus
		}
	}
	w.Containers, w.Given = all, given
	return w
}

// withContainer is withContainers for one container: as it is now, or nil if it is gone.
func (o *Observer) withContainer(ctx context.Context, w World, id string, c *engine.Container) World {
	all := maps.Clone(w.Containers) // readers may still have the last world's map
	if all == nil {
		all = map[string]engine.Container{}
	}
	delete(all, id)
	if c != nil {
		all[id] = *c
	}
	return o.withContainers(ctx, w, all)
}

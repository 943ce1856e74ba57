package keeper

import (
	"context"
	"fmt"

	"berth/backend/world"
	"berth/model"
)

// seen is what was known of instances and GPUs when news were last looked for.
type seen struct {
	instances map[model.InstanceID]model.Instance
	ill       map[model.GPUID]bool
}

// tellNews sends what is new in a world to the owners. What the first world of a keeper shows isn't new.
func (k *Keeper) tellNews(ctx context.Context, w world.World) {
	now := seen{instances: make(map[model.InstanceID]model.Instance, len(w.Instances)), ill: map[model.GPUID]bool{}}
	holders := map[model.GPUID]model.Instance{}
	line := model.LineOf(w.Instances)
	for _, i := range w.Instances {
		if waiter, waits := i.Waiter(); waits {
			i.InLine = line.PlaceOf(waiter)
		}
		now.instances[i.ID] = i
		for _, id := range i.GPUs {
			holders[id] = i
		}
		was, known := k.seen.instances[i.ID]
		if k.seen.instances == nil {
			continue
		}
		if !known {
			was = model.Instance{InLine: i.InLine}
		}
		for _, n := range model.NewsOf(was, i) {
			k.News(ctx, n)
		}
	}
	for _, d := range w.Devices {
		if d.Health.OK || d.Health.Reason == "" {
			continue
		}
		now.ill[d.ID] = true
		if i, held := holders[d.ID]; held && !k.seen.ill[d.ID] {
			k.News(ctx, model.News{Kind: model.NewsGPU, Instance: i.ID, Label: i.Label, Owner: i.Owner,
				Text: fmt.Sprintf("GPU %d: %s", d.Index, d.Health.Reason)})
		}
	}
	k.seen = now
}

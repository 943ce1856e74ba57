package keeper

import (
	"context"
	"time"

	"berth/backend/world"
	"berth/model"
)

// noteGPUEvents writes down what the driver newly reports of GPUs, and tells whoever has them. A report that keeps a GPU
// from being given out does so from the moment it is written.
func (k *Keeper) noteGPUEvents(ctx context.Context, w world.World) {
	var fresh []model.GPUEvent
	told := map[model.GPUID]time.Time{}
	for _, d := range w.Devices {
		for _, x := range d.Xids {
			if x.At.After(k.reported[d.ID]) {
				fresh = append(fresh, model.GPUEvent{GPU: d.Board(), XidSeen: x, Instance: w.LeasedTo(d.ID)})
				told[d.ID] = x.At
			}
		}
	}
	if len(fresh) == 0 {
		return
	}
	if err := k.Ledger.NoteGPUEvents(ctx, fresh); err != nil {
		k.complain(ctx, 0, "noting what the driver reports", err)
		return // tried again at the next look
	}
	for id, at := range told {
		k.reported[id] = at
	}
	for _, e := range fresh {
		words := k.World.GPUNames(ctx, []model.GPUID{e.GPU}) + ": " + e.Xid.String()
		if e.Xid.Bars() {
			words += "; it isn't given out again until berth gpus clear"
		}
		k.record(ctx, e.Instance, "gpu", "%s", words)
		if e.Instance == 0 {
			continue
		}
		i, err := k.Ledger.Instance(ctx, e.Instance)
		if err != nil {
			continue // it is gone: nobody is there to tell
		}
		k.News(ctx, model.News{Kind: model.NewsGPU, Instance: i.ID, Label: i.Label, Owner: i.Owner, Text: words})
		k.wall(ctx, i, words)
	}
}

package keeper

import (
	"context"
	"time"

	"berth/backend/world"
	"berth/model"
)

// restNoted is how often a spell of rest that goes on is written down again.
const restNoted = 5 * time.Minute

// A restLog is the spells in which held GPUs computed nothing, of which some are written down.
type restLog struct {
	spells map[model.GPUID]model.Spell // that go on
	noted  map[model.GPUID]time.Time   // to when the spell that goes on is written down
}

// see takes in the spells that go on now, and returns those that are due to be written down: the ones that have ended or
// grown since.
func (l *restLog) see(now map[model.GPUID]model.Spell) map[model.GPUID]model.Spell {
	due := map[model.GPUID]model.Spell{}
	for id, s := range l.spells {
		if !now[id].From.Equal(s.From) {
			if s.To.Sub(s.From) >= model.LeastRest && s.To.After(l.noted[id]) {
				due[id] = s
			}
			delete(l.noted, id)
		}
	}
	for id, s := range now {
		if _, ends := due[id]; !ends && s.To.Sub(s.From) >= model.LeastRest && s.To.Sub(l.noted[id]) >= restNoted {
			due[id] = s
			l.noted[id] = s.To
		}
	}
	l.spells = now
	return due
}

// restsIn returns since when the held GPUs of a world have computed nothing, as far as its readings tell.
func restsIn(w world.World) map[model.GPUID]model.Spell {
	now := map[model.GPUID]model.Spell{}
	if !w.Sample.Condition.OK {
		return now
	}
	held := map[model.GPUID]time.Time{}
	for n := range w.Instances {
		for _, id := range w.Instances[n].GPUs {
			held[id] = model.HeldSince(w.Instances[n])
		}
	}
	for _, d := range w.Devices {
		since, is := held[d.ID]
		if !is || d.IdleSince.IsZero() || d.At.IsZero() {
			continue
		}
		if since.Before(d.IdleSince) {
			since = d.IdleSince
		}
		now[d.ID] = model.Spell{From: since, To: d.At}
	}
	return now
}

// noteRests writes down in which time held GPUs computed nothing, for the usage.
func (k *Keeper) noteRests(ctx context.Context, w world.World) {
	due := k.resting.see(restsIn(w))
	if len(due) == 0 {
		return
	}
	if err := k.Ledger.Rested(ctx, due); err != nil {
		k.complain(ctx, 0, "noting which GPUs rest", err)
	}
}

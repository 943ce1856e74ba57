package keeper

import (
	"context"
	"strings"
	"time"

	"berth/backend/world"
	"berth/model"
)

// A conflict is who else is on a GPU that an instance was promised, as history has it.
type conflict struct {
	who  string    // as written; empty: nobody
	last time.Time // when the readings last showed them
	next string    // who was seen once, and isn't written yet
	seen time.Time // when that was
}

// conflictForgotten is how long nobody else must have been on a GPU for the next to be news: whoever trains on
// it may be between two processes.
const conflictForgotten = 10 * time.Minute

// after is the conflict when readings of a moment show somebody, or with an empty name nobody. It takes two
// readings: one may be from before the GPU was promised, and show who had it then. news says that it is to be
// written down.
func (c conflict) after(who string, at time.Time) (_ conflict, news bool) {
	switch {
	case who == "" && at.Sub(c.last) >= conflictForgotten:
		return conflict{last: at}, false
	case who == "":
		c.next = ""
		return c, false
	case who == c.who:
		return conflict{who: who, last: at}, false
	case who == c.next && at.After(c.seen):
		return conflict{who: who, last: at}, true
	case who != c.next:
		c.next, c.seen = who, at
	}
	return c, false
}

// noteConflicts writes into history, once, who else is on a GPU that an instance was promised. Nobody is ever
// killed for it: on a machine with other users that is for people to settle.
func (k *Keeper) noteConflicts(ctx context.Context, w world.World) {
	const note = "conflict." // and the GPU: who was last written down, for the next keeper
	for _, d := range w.DevicesHeld() {
		before, known := k.conflicts[d.ID]
		if !known {
			who, err := k.Ledger.Noted(ctx, note+string(d.ID))
			if err != nil {
				k.complain(ctx, 0, "reading a note", err)
				return
			}
			before = conflict{who: who, last: w.Sample.At}
		}
		who := ""
		if d.Holder.Kind == model.HeldInConflict {
			who = strings.TrimSpace(d.Holder.Name + " " + d.Holder.Owner) // not its pid: a training starts many
		}
		now, news := before.after(who, w.Sample.At)
		k.conflicts[d.ID] = now
		if news {
			k.record(ctx, w.Lessee(d.ID), "conflict", "GPU %d is also used by %s", d.Index,
				strings.TrimPrefix(d.Holder.String(), "conflict: "))
		}
		if now.who != before.who {
			if err := k.Ledger.Note(ctx, note+string(d.ID), now.who); err != nil {
				k.complain(ctx, 0, "writing a note", err)
			}
		}
	}
}

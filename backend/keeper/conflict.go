package keeper

import (
	"context"
	"strings"
	"time"

	"berth/backend/world"
	"berth/model"
)

// A conflict is who else uses a GPU that is leased to an instance, as history shows it.
type conflict struct {
	who  string    // as written to history; empty: nobody
	last time.Time // when a reading last showed them
	next string    // seen in one reading and not yet written
	seen time.Time // when next was first seen
}

// conflictForgotten is how long a GPU must be without other users before the same user counts as news again. A shorter
// pause may be between two processes of one training.
const conflictForgotten = 10 * time.Minute

// after updates the conflict with a reading that shows somebody, or with an empty name nobody. A new user must be in
// two readings: one reading may be from before the GPU was leased, and show its user of that time. news is true if the
// conflict has to be written to history.
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

// noteConflicts writes to history, once, who else uses a GPU that is leased to an instance. berth never kills such a
// process: on a machine with other users, people must settle that.
func (k *Keeper) noteConflicts(ctx context.Context, w world.World) {
	const note = "conflict." // plus the GPU: who was last written, for the next keeper
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
			who = strings.TrimSpace(d.Holder.Name + " " + d.Holder.Owner) // without the pid: a training starts many processes
		}
		now, news := before.after(who, w.Sample.At)
		k.conflicts[d.ID] = now
		if news {
			k.record(ctx, w.LeasedTo(d.ID), "conflict", "GPU %d is also used by %s", d.Index,
				strings.TrimPrefix(d.Holder.String(), "conflict: "))
		}
		if now.who != before.who {
			if err := k.Ledger.Note(ctx, note+string(d.ID), now.who); err != nil {
				k.complain(ctx, 0, "writing a note", err)
			}
		}
	}
}

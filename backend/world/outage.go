package world

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"strings"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// An Outage is a time when nothing could run: the engine was away, or the machine was. What it ended didn't end by
// itself.
type Outage struct {
	// Ran are the containers that ran when the engine or the machine last went, by id, with the start that they ran
	// from. Those that still run when it is back are taken out.
	Ran map[string]time.Time
}

// Ended reports whether the container's end is an outage's doing.
func (o Outage) Ended(c *engine.Container) bool {
	start, ran := o.Ran[c.ID]
	return ran && start.Equal(c.StartedAt) && !c.Alive()
}

// The ledger's notes of an outage: they must outlive the process that saw it.
const (
	noteRan  = "outage.ran"
	noteBoot = "machine.boot"
)

// killTold is how long before it goes an engine may say that it ends a container. A stopping engine gives its
// containers fifteen seconds by default, and longer where they ask for it.
const killTold = time.Minute

// kills are the containers that the engine ended lately by a signal, its own or a hand's: by id, with the moment.
type kills map[string]time.Time

// note takes in a kill, and forgets those of long ago.
func (k kills) note(id string, now time.Time) {
	k[id] = now
	maps.DeleteFunc(k, func(_ string, at time.Time) bool { return now.Sub(at) > killTold })
}

// gone is the outage that begins now: what runs, and what the engine has just ended as its farewell.
func (o *Observer) gone(w World) Outage {
	out := Outage{Ran: map[string]time.Time{}}
	now := o.Now()
	for id, c := range w.Containers {
		at, killed := o.kills[id]
		before := w.Outage.Ran[id].Equal(c.StartedAt) && !c.StartedAt.IsZero() // an outage that hasn't been made good yet
		if c.Alive() || killed && now.Sub(at) <= killTold || before {
			out.Ran[id] = c.StartedAt
		}
	}
	return out
}

// back is the outage after a look at everything: what still runs wasn't ended by it. After a boot nothing runs that
// ran before, and what the ledger last knew to run was ended by that.
func (o *Observer) back(ctx context.Context, w World) Outage {
	out := Outage{Ran: maps.Clone(w.Outage.Ran)}
	if out.Ran == nil {
		out.Ran = map[string]time.Time{}
	}
	if o.rebooted {
		for _, i := range w.Instances {
			if c := w.ContainerOf(i); c != nil && i.Intent == model.WantRunning && !i.Phase.Settled() && !c.StartedAt.IsZero() {
				out.Ran[c.ID] = c.StartedAt
			}
		}
	}
	maps.DeleteFunc(out.Ran, func(id string, _ time.Time) bool {
		c, there := w.Containers[id]
		return !there || c.Alive()
	})
	if !maps.EqualFunc(out.Ran, w.Outage.Ran, time.Time.Equal) {
		o.noteOutage(ctx, out)
	}
	if o.rebooted || o.boot != "" && !o.bootNoted {
		o.rebooted, o.bootNoted = false, o.note(ctx, noteBoot, o.boot)
	}
	return out
}

// outage is what was noted of the last one.
func (o *Observer) outage(ctx context.Context) Outage {
	text, err := o.Ledger.Noted(ctx, noteRan)
	if err != nil || text == "" {
		return Outage{}
	}
	var ran map[string]time.Time
	if err := json.Unmarshal([]byte(text), &ran); err != nil {
		o.Log.Error("a note in the ledger can't be read", "key", noteRan, "text", text)
	}
	return Outage{Ran: ran}
}

func (o *Observer) noteOutage(ctx context.Context, out Outage) {
	text, err := json.Marshal(out.Ran)
	if err != nil {
		o.Log.Error("noting an outage", "err", err)
		return
	}
	o.note(ctx, noteRan, string(text))
}

// note writes a note and reports whether it is written.
func (o *Observer) note(ctx context.Context, key, value string) bool {
	err := o.Ledger.Note(ctx, key, value)
	if err != nil && ctx.Err() == nil {
		o.Log.Error("noting", "key", key, "err", err)
	}
	return err == nil
}

// meetBoot finds out whether the machine has booted since the ledger last heard of it.
func (o *Observer) meetBoot(ctx context.Context) {
	o.boot = o.Boot()
	noted, err := o.Ledger.Noted(ctx, noteBoot)
	if err != nil {
		return // unknown: as if it hadn't
	}
	o.bootNoted = noted == o.boot
	o.rebooted = noted != "" && o.boot != "" && !o.bootNoted
}

// BootID is the kernel's name for this boot of the machine; empty where it doesn't say. Unlike the time of the boot it
// stays the same when the clock is set.
func BootID() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

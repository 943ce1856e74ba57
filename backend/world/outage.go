package world

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/model"

	"github.com/moby/sys/atomicwriter"
)

// An Outage is a time when nothing could run: the engine was away, or the machine was. What it ended didn't end by
// itself.
type Outage struct {
	// Ran are the containers that ran when the engine or the machine last went, by id, with the start that they ran
	// from. Those that still run when it is back are taken out.
	Ran map[string]time.Time `json:"ran"`
	// Boot is which boot of the machine it was last noted in.
	Boot string `json:"boot"`
}

// Ended reports whether the container's end is an outage's doing.
func (o Outage) Ended(c *engine.Container) bool {
	start, ran := o.Ran[c.ID]
	return ran && start.Equal(c.StartedAt) && !c.Alive()
}

// outageFile is where an outage is noted, in the state folder: it must outlive the process that saw it, and the ledger
// may be busy just then.
const outageFile = "outage.json"

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
	out := Outage{Ran: map[string]time.Time{}, Boot: o.boot}
	now := o.Now()
	for id, c := range w.Containers {
		at, killed := o.kills[id]
		before := w.Outage.Ran[id].Equal(c.StartedAt) && !c.StartedAt.IsZero() // an outage that hasn't been made good yet
		if c.Alive() || o.begun[id] || killed && now.Sub(at) <= killTold || before {
			out.Ran[id] = c.StartedAt
		}
	}
	return out
}

// back is the outage after a look at everything: what still runs wasn't ended by it. After a boot nothing runs that
// ran before, and what the ledger last knew to run was ended by that. So was a run that had begun so shortly before the
// engine went that it was never seen.
func (o *Observer) back(before, w World) Outage {
	out := Outage{Ran: maps.Clone(w.Outage.Ran), Boot: o.boot}
	if out.Ran == nil {
		out.Ran = map[string]time.Time{}
	}
	for id, start := range o.noted().Ran { // others may have seen more than we
		if _, known := out.Ran[id]; !known {
			out.Ran[id] = start
		}
	}
	for _, i := range w.Instances {
		c := w.ContainerOf(i)
		if c == nil || i.Intent != model.WantRunning || i.Phase.Settled() || c.StartedAt.IsZero() {
			continue
		}
		unseen := o.went && !before.Containers[c.ID].StartedAt.Equal(c.StartedAt)
		if o.rebooted || unseen {
			out.Ran[c.ID] = c.StartedAt
		}
	}
	maps.DeleteFunc(out.Ran, func(id string, _ time.Time) bool {
		c, there := w.Containers[id]
		return !there || c.Alive()
	})
	o.rebooted, o.went = false, false
	if out.Boot != w.Outage.Boot || !maps.EqualFunc(out.Ran, w.Outage.Ran, time.Time.Equal) {
		o.noteOutage(out)
	}
	return out
}

// noted is what was noted of the last outage.
func (o *Observer) noted() Outage {
	text, err := os.ReadFile(filepath.Join(o.Home, outageFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Outage{}
	}
	var out Outage
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		o.Log.Error("reading what is noted of the last outage", "err", err)
	}
	return out
}

// noteOutage replaces what is noted, all at once.
func (o *Observer) noteOutage(out Outage) {
	text, err := json.Marshal(out)
	if err == nil {
		err = atomicwriter.WriteFile(filepath.Join(o.Home, outageFile), text, label.FileMode(o.Home))
	}
	if err != nil {
		o.Log.Error("noting an outage", "err", err)
	}
}

// meetOutage is what is known of the last outage when a process begins: whether the machine has booted since, too.
func (o *Observer) meetOutage() Outage {
	out := o.noted()
	o.boot = o.Boot()
	o.rebooted = out.Boot != "" && o.boot != "" && out.Boot != o.boot
	return out
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

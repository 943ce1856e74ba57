package world

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
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
	// Open is whether nobody has looked at everything since it began: whoever does knows of runs that no note names.
	Open bool `json:"open,omitempty"`
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

// outages is what an observer knows of outages: what the engine has told of containers since everything was last looked
// at, and whether it or the machine has gone since. It belongs to the observer's goroutine.
type outages struct {
	home   string
	bootID func() string
	now    func() time.Time
	log    *slog.Logger

	killed   map[string]time.Time // by a signal of the engine's own or of a hand's, with the moment
	begun    map[string]bool      // whose start was told, and no end since
	died     map[string]time.Time // whose end was told, with the start of the run that ended
	boot     string               // which boot of the machine this is
	rebooted bool                 // since the last outage was noted, and nothing was looked at yet
}

// hear takes in what the engine tells of a container, and how the container was found then, nil where it wasn't.
func (o *outages) hear(action, id string, found *engine.Container) {
	switch action {
	case "kill":
		o.killed[id] = o.now()
		maps.DeleteFunc(o.killed, func(id string, _ time.Time) bool { return !o.toldKill(id) })
	case "start", "restart":
		o.begun[id] = true
	case "die", "destroy":
		delete(o.begun, id)
		if found != nil && !found.Alive() {
			o.died[id] = found.StartedAt
		}
	}
}

// toldKill reports whether the engine has told of a signal to the container lately.
func (o *outages) toldKill(id string) bool {
	at, told := o.killed[id]
	return told && o.now().Sub(at) <= killTold
}

// endedItself reports whether the engine has told the end of a container's run, and of no signal before it.
func (o *outages) endedItself(c engine.Container) bool {
	start, told := o.died[c.ID]
	return told && start.Equal(c.StartedAt) && !o.toldKill(c.ID)
}

// gone is the outage that begins now: what runs, and what the engine has just ended as its farewell. Others may have
// seen more than we.
func (o *outages) gone(w World) Outage {
	if w.Outage.Open {
		return w.Outage // it goes on
	}
	out := Outage{Ran: map[string]time.Time{}, Boot: o.boot, Open: true}
	maps.Copy(out.Ran, o.noted().Ran)
	for id, c := range w.Containers {
		before := w.Outage.Ran[id].Equal(c.StartedAt) && !c.StartedAt.IsZero() // an outage that hasn't been made good yet
		if c.Alive() || o.begun[id] || o.toldKill(id) || before {
			out.Ran[id] = c.StartedAt
		}
	}
	o.note(out)
	return out
}

// back is the outage after a look at everything: what still runs wasn't ended by it. After a boot nothing runs that
// ran before, and what the ledger last knew to run was ended by that. So was a run that had begun so shortly before the
// engine went that it was never seen.
func (o *outages) back(before, w World) Outage {
	out := Outage{Ran: maps.Clone(w.Outage.Ran), Boot: o.boot}
	if out.Ran == nil {
		out.Ran = map[string]time.Time{}
	}
	for id, start := range o.noted().Ran { // others may have seen more than we
		if _, known := out.Ran[id]; !known {
			out.Ran[id] = start
		}
	}
	for id, c := range w.Containers {
		last := before.Containers[id]
		if w.Outage.Open && (last.Alive() || o.begun[id]) {
			out.Ran[id] = c.StartedAt
		}
	}
	for _, i := range w.Instances {
		c := w.ContainerOf(i)
		if c == nil || i.Intent != model.WantRunning || i.Phase.Settled() || c.StartedAt.IsZero() {
			continue
		}
		unseen := w.Outage.Open && !before.Containers[c.ID].StartedAt.Equal(c.StartedAt)
		if o.rebooted || unseen {
			out.Ran[c.ID] = c.StartedAt
		}
	}
	maps.DeleteFunc(out.Ran, func(id string, _ time.Time) bool {
		c, there := w.Containers[id]
		return !there || c.Alive() || o.endedItself(c)
	})
	o.rebooted = false
	if w.Outage.Open { // else what was told may come after this look: an end that nobody has told yet can be an outage's
		o.begun, o.died = map[string]bool{}, map[string]time.Time{}
	}
	for id, c := range w.Containers {
		if c.Alive() {
			o.begun[id] = true
		}
	}
	maps.DeleteFunc(o.begun, func(id string, _ bool) bool { _, there := w.Containers[id]; return !there })
	maps.DeleteFunc(o.died, func(id string, _ time.Time) bool { _, there := w.Containers[id]; return !there })
	if w.Outage.Open || out.Boot != w.Outage.Boot || !maps.EqualFunc(out.Ran, w.Outage.Ran, time.Time.Equal) {
		o.note(out)
	}
	return out
}

// noted is what was noted of the last outage.
func (o *outages) noted() Outage {
	text, err := os.ReadFile(filepath.Join(o.home, outageFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Outage{}
	}
	var out Outage
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		o.log.Error("reading what is noted of the last outage", "err", err)
	}
	return out
}

// note replaces what is noted, all at once.
func (o *outages) note(out Outage) {
	text, err := json.Marshal(out)
	if err == nil {
		err = atomicwriter.WriteFile(filepath.Join(o.home, outageFile), text, label.FileMode(o.home))
	}
	if err != nil {
		o.log.Error("noting an outage", "err", err)
	}
}

// meet is what is known of the last outage when a process begins: whether the machine has booted since, too.
func (o *outages) meet() Outage {
	out := o.noted()
	o.boot = o.bootID()
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

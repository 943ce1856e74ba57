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

// An Outage is a time when nothing could run, because the engine or the whole machine was away. A container that an
// outage ended didn't end by itself.
type Outage struct {
	// Ran are the containers that ran when the engine or the machine last went away: container id → start time of that
	// run. Containers that still run when it is back are removed from the map.
	Ran map[string]time.Time `json:"ran"`
	// Boot identifies the boot of the machine in which the outage was last noted.
	Boot string `json:"boot"`
	// Open is true until somebody has looked at all containers after the outage began. That look may find runs that
	// aren't in Ran.
	Open bool `json:"open,omitempty"`
}

// Ended reports whether an outage ended the container.
func (o Outage) Ended(c *engine.Container) bool {
	start, ran := o.Ran[c.ID]
	return ran && start.Equal(c.StartedAt) && !c.Alive()
}

// outageFile is the file in the state folder that an outage is noted in. It isn't in the ledger because the note must
// outlive the process, and the ledger may be busy at that moment.
const outageFile = "outage.json"

// killWindow is how long before it goes away a stopping engine may send a container the kill signal. It gives
// containers fifteen seconds by default, and longer if they ask for it.
const killWindow = time.Minute

// outages is what an observer knows about outages: which events the engine sent since the last look at all containers,
// and whether engine or machine have gone away since. Only the observer's goroutine uses it.
type outages struct {
	home   string
	bootID func() string
	now    func() time.Time
	log    *slog.Logger

	killed   map[string]time.Time // containers with a kill event, from the engine or from a person, with its time
	begun    map[string]bool      // containers with a start event and no end since
	died     map[string]time.Time // containers with an end event, with the start time of the run that ended
	boot     string               // the id of this boot of the machine
	rebooted bool                 // the machine has booted since the last note, and nobody has looked yet
}

// handleEvent takes in an engine event. found is the container as inspected after the event, or nil.
func (o *outages) handleEvent(action, id string, found *engine.Container) {
	switch action {
	case "kill":
		o.killed[id] = o.now()
		maps.DeleteFunc(o.killed, func(id string, _ time.Time) bool { return !o.killedLately(id) })
	case "start", "restart":
		o.begun[id] = true
	case "die", "destroy":
		delete(o.begun, id)
		if found != nil && !found.Alive() {
			o.died[id] = found.StartedAt
		}
	}
}

// killedLately reports whether there was a kill event for the container lately.
func (o *outages) killedLately(id string) bool {
	at, told := o.killed[id]
	return told && o.now().Sub(at) <= killWindow
}

// endedItself reports whether the engine reported the end of this run of the container without a kill event before it.
func (o *outages) endedItself(c engine.Container) bool {
	start, told := o.died[c.ID]
	return told && start.Equal(c.StartedAt) && !o.killedLately(c.ID)
}

// begin returns the outage that begins now. It names the containers that run, and those that the stopping engine has
// just killed. It includes what is noted in the file, because another process may have seen more.
func (o *outages) begin(w World) Outage {
	if w.Outage.Open {
		return w.Outage // the outage goes on
	}
	out := Outage{Ran: map[string]time.Time{}, Boot: o.boot, Open: true}
	maps.Copy(out.Ran, o.read().Ran)
	for id, c := range w.Containers {
		before := w.Outage.Ran[id].Equal(c.StartedAt) && !c.StartedAt.IsZero() // an earlier outage's, not started again yet
		if c.Alive() || o.begun[id] || o.killedLately(id) || before {
			out.Ran[id] = c.StartedAt
		}
	}
	o.write(out)
	return out
}

// end returns the outage after a look at all containers: whatever still runs wasn't ended by it. After a boot, every
// run from before has ended, and so the boot ended everything that the ledger last knew to run. The same holds for a
// run that began so shortly before the engine went away that nobody saw it.
func (o *outages) end(before, w World) Outage {
	out := Outage{Ran: maps.Clone(w.Outage.Ran), Boot: o.boot}
	if out.Ran == nil {
		out.Ran = map[string]time.Time{}
	}
	for id, start := range o.read().Ran { // another process may have seen more, or a later run
		if _, known := out.Ran[id]; !known || start.Equal(w.Containers[id].StartedAt) {
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
	if w.Outage.Open { // else keep the events: an end reported later can still be an outage's
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
		o.write(out)
	}
	return out
}

// seenByOthers returns the outage with what another process has noted of instances that have just ended. A process that
// began while the engine was away doesn't see it go: for it their containers have ended by themselves. The process that
// saw it may note it after that look.
func (o *outages) seenByOthers(w World) Outage {
	var just []engine.Container
	for n := range w.Instances {
		i := &w.Instances[n]
		if i.Phase != model.PhaseExited || i.Intent != model.WantRunning || o.now().Sub(i.EndedAt) > killWindow {
			continue
		}
		if c := w.ContainerOf(*i); c != nil && !c.Alive() && !w.Outage.Ended(c) && !o.endedItself(*c) {
			just = append(just, *c)
		}
	}
	if len(just) == 0 {
		return w.Outage
	}
	out := w.Outage
	out.Ran = maps.Clone(out.Ran)
	noted := o.read()
	for n := range just {
		if c := &just[n]; noted.Ended(c) {
			if out.Ran == nil {
				out.Ran = map[string]time.Time{}
			}
			out.Ran[c.ID] = c.StartedAt
		}
	}
	return out
}

// read returns the outage in the file; the zero Outage if there is none.
func (o *outages) read() Outage {
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

// write replaces the file atomically.
func (o *outages) write(out Outage) {
	text, err := json.Marshal(out)
	if err == nil {
		err = atomicwriter.WriteFile(filepath.Join(o.home, outageFile), text, label.FileMode(o.home))
	}
	if err != nil {
		o.log.Error("noting an outage", "err", err)
	}
}

// restore returns the last outage, read when a process begins. It also finds out whether the machine has booted since.
func (o *outages) restore() Outage {
	out := o.read()
	o.boot = o.bootID()
	o.rebooted = out.Boot != "" && o.boot != "" && out.Boot != o.boot
	return out
}

// BootID returns the kernel's id of this boot of the machine; empty if it can't be read. Unlike the boot's time it
// doesn't change when the clock is set.
func BootID() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

package faults

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"berth/model"
)

// A member is an instance whose state is known.
type member struct {
	id    model.InstanceID
	wants []model.Phase // one of them is right; of gone, that it isn't there
	// As it was when all was well.
	container string
	started   time.Time
	// What must be so when all is well again.
	anew, remade, same bool
}

const gone model.Phase = "gone"

func (m *member) is(p model.Phase) bool { return len(m.wants) == 1 && m.wants[0] == p }

// An order is given by the command line.
type order struct {
	verb string
	of   *member // nil: a launch
	args []string
}

func (o order) String() string {
	if o.of == nil {
		return o.verb
	}
	return fmt.Sprint(o.verb, " ", o.of.id)
}

// An outcome is what the command said.
type outcome struct {
	order
	out string
	err error
}

const mostCrew = 4 // with two GPUs each

var launchArgs = []string{
	"launch", "--image", "berth/starter:1", "--mode", "entrypoint", "--entrypoint", "/bin/starter", "--arg", "serve",
	"--disk", "10", "-p", "8081",
}

// launchPlainly launches while nothing is wrong.
func (w *town) launchPlainly(n int) {
	for range n {
		w.expect(w.give(w.launch("--wait")))
		w.settle(time.Minute)
	}
	if len(w.found) > 0 {
		w.t.Fatalf("%s: before any fault: %v\n%s", w.fault.name, w.found, w.history())
	}
}

func (w *town) launch(more ...string) order {
	gpus := "2"
	if len(w.crew) == 0 { // the bystander
		gpus = "1"
	}
	return order{verb: "launch", args: slices.Concat(launchArgs, []string{"--gpus", gpus}, more)}
}

// next is an order that makes sense now: of those that do, the one that came least often.
func (w *town) next() order {
	var may []order
	if len(w.crew) < mostCrew {
		may = append(may, w.launch())
	}
	for _, id := range slices.Sorted(maps.Keys(w.crew)) {
		m := w.crew[id]
		if id == w.bystander {
			continue
		}
		switch {
		case m.is(model.PhaseRunning):
			may = append(may, w.act("stop", m), w.act("reboot", m), w.act("recycle", m))
		case m.is(model.PhaseStopped):
			may = append(may, w.act("start", m))
		}
		if len(w.crew) > 2 {
			may = append(may, w.act("destroy", m))
		}
	}
	w.chance.Shuffle(len(may), func(a, b int) { may[a], may[b] = may[b], may[a] })
	o := slices.MinFunc(may, func(a, b order) int { return cmp.Compare(w.ordered[a.verb], w.ordered[b.verb]) })
	w.ordered[o.verb]++
	w.what += o.String() + ", "
	return o
}

// nextOf is an order of certain verbs, if one makes sense now; else what brings that nearer is done without a fault.
func (w *town) nextOf(verbs ...string) order {
	for {
		for _, verb := range verbs { // the others don't wait for their turn
			w.ordered[verb] = -1
		}
		o := w.next()
		if slices.Contains(verbs, o.verb) {
			return o
		}
		w.expect(w.give(o))
		w.settle(time.Minute)
	}
}

func (w *town) act(verb string, m *member) order {
	return order{verb: verb, of: m, args: []string{verb, m.id.String(), "--yes", "--wait=false"}}
}

// give gives an order and waits until it is written down.
func (w *town) give(o order) outcome {
	out, err := w.berth(o.args...)
	return outcome{o, out, err}
}

// begin gives an order beside what else happens.
func (w *town) begin(o order) <-chan outcome {
	c := make(chan outcome, 1)
	command := w.command(o.args...)
	go func() {
		out, err := finish(command)
		c <- outcome{o, out, err}
	}()
	return c
}

// expect says what an order must come to. One that was refused may have been written down or not.
func (w *town) expect(o outcome) {
	if o.err != nil {
		w.what += fmt.Sprintf("which said %v, ", o.err)
	}
	if o.verb == "launch" {
		id, err := model.ParseInstanceID(lastLine(o.out))
		if err == nil {
			w.crew[id] = &member{id: id, wants: w.runsOrFails()}
		} else if o.err == nil {
			w.find(lost, "a launch that succeeded printed %q", o.out)
		}
		return // what a launch that was refused has written, if anything, settle finds
	}
	m, before := o.of, slices.Clone(o.of.wants)
	switch o.verb {
	case "start":
		m.wants = w.runsOrFails()
	case "reboot":
		m.wants, m.anew = w.runsOrFails(), o.err == nil
	case "recycle":
		m.wants, m.remade = w.runsOrFails(), o.err == nil
	case "stop":
		m.wants = []model.Phase{model.PhaseStopped}
	case "destroy":
		m.wants = []model.Phase{gone}
	}
	if o.err != nil {
		m.wants = append(m.wants, before...)
	}
	m.same = false
}

// runsOrFails is running, and failed where an engine may refuse.
func (w *town) runsOrFails() []model.Phase {
	if w.fault.refuses {
		return []model.Phase{model.PhaseRunning, model.PhaseFailed}
	}
	return []model.Phase{model.PhaseRunning}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// around gives an order, and has something fail at a moment of it that chance decides.
func (w *town) around(o order, window time.Duration, failing func()) {
	w.hold()
	done := w.begin(o)
	w.soon(window)
	failing()
	w.expect(<-done)
	w.settle(w.patience())
}

// hold says that nobody but who is ordered to may change.
func (w *town) hold() {
	for _, m := range w.crew {
		m.same = m.is(model.PhaseRunning)
	}
}

// loosen says that all may have been ended and started again.
func (w *town) loosen() {
	for _, m := range w.crew {
		m.same = false
	}
}

func (w *town) patience() time.Duration { return time.Minute }

// care brings on what a fault left in a state that a person would do something about: that must be possible.
func (w *town) care() {
	for _, id := range slices.Sorted(maps.Keys(w.crew)) {
		m := w.crew[id]
		if len(w.found) > 0 || m == nil || m.is(model.PhaseRunning) || m.is(model.PhaseStopped) {
			continue
		}
		o := w.act("destroy", m)
		if m.is(model.PhaseFailed) || m.is(model.PhaseExited) {
			if m.is(model.PhaseFailed) {
				w.said++
			}
			o = w.act("start", m)
			if m.is(model.PhaseFailed) && w.killed { // it has leaked a port, as the failure says: there are two ways on
				if w.said%2 == 0 {
					w.restartEngine()
				} else {
					o.args = append(o.args, "--new-ports")
				}
			}
		}
		w.expect(w.give(o))
		w.settle(time.Minute)
	}
	if _, there := w.crew[w.bystander]; !there { // its container was removed by a hand: another takes its part
		for _, id := range slices.Sorted(maps.Keys(w.crew)) {
			if w.crew[id].is(model.PhaseRunning) {
				w.bystander = id
			}
		}
	}
}

// befriend has a stranger's container on the engine, which none of this is about.
func (w *town) befriend() {
	id, err := w.docker("run", "-d", "--name", fmt.Sprint("stranger", w.chance.Uint32()), "berth/starter:1", "serve")
	w.check(err)
	w.meetStrangers(id)
}

// meetStrangers notes how they run.
func (w *town) meetStrangers(ids ...string) {
	for _, id := range ids {
		c, err := w.engine.Docker.Inspect(context.Background(), id)
		w.check(err)
		if !c.Alive() { // an engine that went took it along
			w.check(w.engine.Docker.Start(context.Background(), id))
			c, err = w.engine.Docker.Inspect(context.Background(), id)
			w.check(err)
		}
		w.strangers[id] = c.StartedAt
	}
}

package faults

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"berth/model"
)

// handed has a hand do something to an instance that runs, while another is ordered something. What it returns is done
// when both are over.
func handed(do func(*town, *member) (after func())) func(*town) {
	return func(w *town) {
		var on *member
		for on == nil {
			for _, id := range slices.Sorted(maps.Keys(w.crew)) {
				if id != w.bystander && w.crew[id].is(model.PhaseRunning) {
					on = w.crew[id]
				}
			}
			if on == nil {
				w.expect(w.give(w.nextOf("launch", "start")))
				w.settle(time.Minute)
			}
		}
		w.hold()
		o := w.next()
		for o.of == on {
			o = w.next()
		}
		done := w.begin(o)
		w.soon(time.Second)
		on.same = false
		after := do(w, on)
		w.expect(<-done)
		if o.of != nil { // a hand that prunes may come while its container doesn't run
			o.of.wants = append(o.of.wants, w.fault.also...)
		}
		w.settle(w.patience())
		if after != nil && len(w.found) == 0 {
			after()
		}
	}
}

func (w *town) hand(args ...string) {
	if out, err := w.docker(args...); err != nil {
		w.t.Errorf("%s: docker %v: %v: %s", w.fault.name, args, err, out)
	}
}

// handRemove removes its container: that is said, and its GPUs are free.
func handRemove(w *town, m *member) (after func()) {
	m.wants = []model.Phase{model.PhaseLost}
	w.hand("rm", "-f", m.container)
	return nil
}

// handRename gives its container another name, as which it is stopped, started and destroyed.
func handRename(w *town, m *member) (after func()) {
	m.same = true
	w.hand("rename", m.container, fmt.Sprint("renamed", w.chance.Uint32())) // it may have been renamed before
	return func() {
		for _, verb := range []string{"stop", "start"} {
			w.expect(w.give(w.act(verb, m)))
			w.settle(w.patience())
		}
	}
}

// handPause pauses it for a while: it holds what it has.
func handPause(w *town, m *member) (after func()) {
	m.same = true
	w.hand("pause", m.container)
	w.soon(2 * time.Second)
	w.hand("unpause", m.container)
	return nil
}

// handStop stops it: it counts as ended, and can be started.
func handStop(w *town, m *member) (after func()) {
	m.wants = []model.Phase{model.PhaseExited}
	w.hand("stop", "--time", "5", m.container)
	return nil
}

// handRestart restarts it: it runs on, and holds what it had.
func handRestart(w *town, m *member) (after func()) {
	m.anew = true
	w.hand("restart", "--time", "5", m.container)
	return nil
}

// handUpdate changes its limits, which the next start sets as they were promised.
func handUpdate(w *town, m *member) (after func()) {
	before, err := w.engine.Docker.Inspect(context.Background(), m.container)
	w.check(err)
	m.same = true
	w.hand("update", "--cpus", "0.5", "--cpu-shares", "7", "--cpuset-cpus", "0", "--memory", "256m", "--memory-swap", "300m", "--pids-limit", "50", m.container)
	return func() {
		w.hold()
		w.expect(w.give(w.act("reboot", m)))
		w.settle(w.patience())
		now, err := w.engine.Docker.Inspect(context.Background(), m.container)
		w.check(err)
		if now.Resources != before.Resources || slices.Contains(now.ByHand, "cpus") || slices.Contains(now.ByHand, "swap") {
			w.find(lost, "its limits are %+v, %v, they were %+v", now.Resources, now.ByHand, before.Resources)
		}
	}
}

// handNetwork takes it off its network, and tries to remove that: it runs on, and the next start connects it again.
func handNetwork(w *town, m *member) (after func()) {
	m.same = true
	w.hand("network", "disconnect", "--force", "berth", m.container)
	_, _ = w.docker("network", "rm", "berth") // refused while others are on it
	return func() {
		w.hold()
		w.expect(w.give(w.act("reboot", m)))
		w.settle(w.patience())
		now, err := w.engine.Docker.Inspect(context.Background(), m.container)
		w.check(err)
		if !slices.Contains(now.Networks, "berth") {
			w.find(lost, "it is on the networks %v", now.Networks)
		}
	}
}

// handPrune removes all containers that don't run, and what isn't used: who is stopped is lost.
func handPrune(w *town, _ *member) (after func()) {
	for _, m := range w.crew {
		m.same = m.is(model.PhaseRunning)
		if m.is(model.PhaseStopped) {
			m.wants = []model.Phase{model.PhaseLost}
		}
	}
	w.hand("container", "prune", "--force")
	w.hand("network", "prune", "--force")
	w.hand("image", "prune", "--force")
	return nil
}

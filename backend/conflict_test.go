package backend

import (
	"errors"
	"strings"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// Another user's process on a promised GPU is shown as long as it is there. It is written to the history only once,
// even across keepers, and isn't killed.
func TestAStrangerOnAPromisedGPUIsShownAndWrittenDownOnce(t *testing.T) {
	e, c, home := newWitness(t), looseCards(t), t.TempDir()
	b := newBench(t, home, e).with(c).run()
	fleets := b.Watch(t.Context()) // with a watcher, GPUs are read each second
	i := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	c.use(model.Process{PID: 4242, Command: "python", User: "root"}, i.GPUs[1])
	seen := 0
	for f := range fleets {
		d, _ := f.Device(i.GPUs[1])
		if d.Holder.Kind == model.HeldInConflict {
			if seen++; d.Holder.String() != "conflict: 4242 python (root)" {
				t.Errorf("shown as %q", d.Holder)
			}
		}
		if free, _ := f.Device(i.GPUs[0]); free.Holder.Kind == model.HeldInConflict {
			t.Error("the other GPU is shown in conflict too")
		}
		if seen >= 1 && b.conflicts(i.ID) == 1 {
			break
		}
	}
	b.stop()
	b = newBench(t, home, e).with(c).run()
	fleets = b.Watch(t.Context())
	for n := 0; n < 4; n++ {
		<-fleets
		time.Sleep(time.Second / 2)
	}
	if n := b.conflicts(i.ID); n != 1 {
		t.Errorf("written down %d times", n)
	}
	if now := b.untilPhase(i.ID, model.PhaseRunning); !model.SameGPUs(now.GPUs, i.GPUs) {
		t.Errorf("it holds %v now", now.GPUs)
	}
}

// conflicts counts an instance's conflicts in the history.
func (b *bench) conflicts(id model.InstanceID) (n int) {
	b.t.Helper()
	all, err := b.History(b.t.Context(), 0)
	check(b.t, err)
	for _, e := range all {
		if e.Verb == "conflict" && e.Instance == id {
			n++
			if want := "is also used by 4242 python (root)"; !strings.HasSuffix(e.Detail, want) {
				b.t.Errorf("history says %q, want it to end in %q", e.Detail, want)
			}
		}
	}
	return n
}

// A GPU that somebody uses without a lease isn't given out, and the refusal names the user.
func TestWhatOthersHaveIsNotGivenOut(t *testing.T) {
	c := looseCards(t)
	ids := c.ids()
	foreign := func(d engine.DeviceRequest) func(*testing.T, *bench, *witness) {
		return func(t *testing.T, b *bench, e *witness) {
			check(t, e.Import(t.Context(), "theirs:1", strings.NewReader(""), []string{"CMD serve"}))
			id, err := e.Create(t.Context(), engine.Request{Name: "theirs", Image: "theirs:1", Devices: d})
			check(t, err)
			check(t, e.Engine.Start(t.Context(), id))
		}
	}
	tests := map[string]struct {
		have func(*testing.T, *bench, *witness)
		says string
	}{
		"a process of the host": {func(*testing.T, *bench, *witness) {
			c.use(model.Process{PID: 7, Command: "miner", User: "ben"}, ids...)
		}, "pid 7 miner (ben)"},
		"a container that was given them": {foreign(engine.DeviceRequest{UUIDs: words(ids)}), "container "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := newWitness(t)
			b := newBench(t, t.TempDir(), e).with(c).run()
			b.Watch(t.Context()) // with a watcher, GPUs are read each second
			mine := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
			b.act(mine.ID, model.ActionStop)
			b.untilPhase(mine.ID, model.PhaseStopped)

			test.have(t, b, e)
			if _, err := b.Launch(t.Context(), service(1)); !errors.Is(err, model.ErrGPUsTaken) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("launched: %v; want a refusal that names %q", err, test.says)
			}
			time.Sleep(2 * (100 * time.Millisecond))
			b.act(mine.ID, model.ActionStart)
			b.untilSaid(mine.ID, test.says)
			c.use(model.Process{})
			check(t, e.Remove(t.Context(), "theirs"))
			b.untilPhase(mine.ID, model.PhaseRunning)
		})
	}
}

// words converts GPU ids to the strings that an engine takes.
func words(ids []model.GPUID) (out []string) {
	for _, id := range ids {
		out = append(out, string(id))
	}
	return out
}

// looseCards returns cards for an engine in memory, which needs no device nodes.
func looseCards(t *testing.T) *cards {
	t.Helper()
	c, err := cardsAt("")
	check(t, err)
	return c
}

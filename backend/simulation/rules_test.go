package simulation

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"berth/model"
)

// A ward is a machine without faults in virtual time, for what the keeper does by itself in hours.
type ward struct {
	*machine
	t *testing.T
}

// inVirtualTime plays something on a machine that has rules.
func inVirtualTime(t *testing.T, rules model.Policy, do func(w *ward)) {
	t.Helper()
	l := newLane(t, template(t))
	defer l.leave()
	l.clear()
	synctest.Test(t, func(t *testing.T) {
		w := &ward{newMachine(l, 1, nil), t}
		w.calm, w.policy = true, rules
		w.computes(90)
		w.enter(true)
		time.Sleep(time.Minute)
		do(w)
		for _, p := range w.processes {
			p.kill()
		}
		if err := w.engine.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (w *ward) computes(percent model.Percent) { w.set(model.Known(percent)) }

func (w *ward) set(use model.Maybe[model.Percent]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.use = use
}

func (w *ward) launched(o model.Order) model.InstanceID {
	w.t.Helper()
	o.Image, o.Mode, o.Disk = "demo/service:1", model.ModeEntrypoint, 10
	i, err := w.front().orders.Launch(context.Background(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(10 * time.Second)
	return i.ID
}

// row is an instance's row now.
func (w *ward) row(id model.InstanceID) model.Instance {
	w.t.Helper()
	i, err := w.front().ledger.Instance(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

// after lets time pass and sees how an instance is then, and what is said of it on the screen.
func (w *ward) after(pause time.Duration, id model.InstanceID, want model.Phase, says string) model.Instance {
	w.t.Helper()
	time.Sleep(pause)
	i := w.row(id)
	f, err := w.front().world.Fleet(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	seen, _ := f.Instance(id)
	if i.Phase != want || !strings.Contains(seen.Message, says) {
		w.t.Errorf("at %s it is %s: %s; want %s: %s", time.Now().Format("15:04:05"), i.Phase, seen.Message, want, says)
	}
	return i
}

// heard are the rules' lines of history, oldest first.
func (w *ward) heard(id model.InstanceID, verb string) (lines []string) {
	events, err := w.front().ledger.History(context.Background(), 500)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range events {
		if e.Instance == id && e.Verb == verb {
			lines = append([]string{e.Detail}, lines...)
		}
	}
	return lines
}

func TestATimeLimitWarnsThreeTimesAndStops(t *testing.T) {
	inVirtualTime(t, model.Policy{}, func(w *ward) {
		id := w.launched(model.Order{GPUs: 2, For: model.Span(8 * time.Hour)})
		w.after(7*time.Hour, id, model.PhaseRunning, "runs")
		w.after(31*time.Minute, id, model.PhaseRunning, "ends in 29m")
		w.after(20*time.Minute, id, model.PhaseRunning, "ends in 9m")
		i := w.after(8*time.Minute+20*time.Second, id, model.PhaseRunning, "(asked for at launch)")
		if i.Plan.Time.Warned != model.Span(time.Minute) {
			t.Errorf("last warned of %s before", i.Plan.Time.Warned)
		}
		i = w.after(time.Minute, id, model.PhaseStopped, "stopped: its time is over: 8h, asked for at launch")
		if len(i.GPUs) > 0 || i.Container == "" {
			t.Errorf("it holds %v, and its container is %q", i.GPUs, i.Container)
		}
		if lines := w.heard(id, "time"); len(lines) != 4 {
			t.Errorf("told was %q", lines)
		}
		if err := w.front().orders.Act(context.Background(), id, model.ActionStart); err != nil {
			t.Fatal(err)
		}
		w.after(7*time.Hour, id, model.PhaseRunning, "runs") // a new run has a time of its own
		w.after(2*time.Hour, id, model.PhaseStopped, "its time is over")
	})
}

func TestExtendingPutsTheEndOffUpToTheOwnersLongest(t *testing.T) {
	inVirtualTime(t, model.Policy{Time: model.Times{Default: model.Span(time.Hour), Longest: model.Span(4 * time.Hour)}}, func(w *ward) {
		id := w.launched(model.Order{GPUs: 1})
		w.after(50*time.Minute, id, model.PhaseRunning, "([time] default)")
		orders, ctx := w.front().orders, context.Background()
		if _, err := orders.Extend(ctx, id, model.Span(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		w.after(time.Hour, id, model.PhaseRunning, "")
		if _, err := orders.Extend(ctx, id, model.Span(2*time.Hour)); err == nil || !strings.Contains(err.Error(), "[time] longest lets an instance run for 4h at a stretch") {
			t.Errorf("extended beyond the longest: %v", err)
		}
		w.after(2*time.Hour, id, model.PhaseStopped, "as extended")
		if _, err := orders.Launch(ctx, model.Order{Image: "demo/service:1", Mode: model.ModeEntrypoint, GPUs: 1, For: model.Span(5 * time.Hour)}); err == nil {
			t.Error("more than the longest was promised")
		}
	})
}

// The machine was off when the time was over: nobody was warned, so nobody is stopped before that.
func TestNobodyIsStoppedUnwarned(t *testing.T) {
	inVirtualTime(t, model.Policy{}, func(w *ward) {
		id := w.launched(model.Order{GPUs: 1, For: model.Span(time.Hour)})
		p := w.keeperIs()
		p.kill()
		w.drop(p)
		time.Sleep(3 * time.Hour)
		w.enter(true)
		w.after(time.Minute, id, model.PhaseRunning, "put off since nobody could warn")
		w.after(12*time.Minute, id, model.PhaseStopped, "its time is over")
	})
}

func TestIdleGPUsAreToldOfAndThenStopped(t *testing.T) {
	rule := model.IdleRule{After: model.Span(6 * time.Hour), Action: model.IdleStop, Keep: true}
	inVirtualTime(t, model.Policy{Idle: rule}, func(w *ward) {
		id, kept := w.launched(model.Order{GPUs: 1}), w.launched(model.Order{GPUs: 1, Keep: true})
		w.after(10*time.Hour, id, model.PhaseRunning, "runs")
		w.computes(3)
		w.after(5*time.Hour+50*time.Minute, id, model.PhaseRunning, "runs")
		w.after(15*time.Minute, id, model.PhaseRunning, "it is stopped in")
		w.computes(50)
		w.after(time.Minute, id, model.PhaseRunning, "")
		w.computes(0)
		w.after(6*time.Hour+20*time.Minute, id, model.PhaseRunning, "([idle] after 6h below 5 %)")
		w.after(15*time.Minute, id, model.PhaseStopped, "([idle] after 6h below 5 %)")
		w.after(0, kept, model.PhaseRunning, "runs")
		if told := w.heard(id, "idle"); len(told) != 4 || !strings.Contains(told[1], "compute again") {
			t.Errorf("told was %q", told)
		}
	})
}

func TestNothingIsDoneOnReadingsThatAreMissing(t *testing.T) {
	rule := model.IdleRule{After: model.Span(time.Hour), Action: model.IdleStop, Grace: model.Span(10 * time.Minute)}
	inVirtualTime(t, model.Policy{Idle: rule}, func(w *ward) {
		id := w.launched(model.Order{GPUs: 1})
		w.set(model.Maybe[model.Percent]{})
		w.after(10*time.Hour, id, model.PhaseRunning, "runs")
		w.computes(0)
		w.after(65*time.Minute, id, model.PhaseRunning, "it is stopped in")
		w.set(model.Maybe[model.Percent]{}) // the driver says no more
		w.after(time.Hour, id, model.PhaseRunning, "")
		if told := w.heard(id, "idle"); len(told) != 2 {
			t.Errorf("told was %q", told)
		}
	})
}

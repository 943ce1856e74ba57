package world

import (
	"log/slog"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// watching is what a process knows of outages that begins in a state folder.
func watching(home string) (*outages, World) {
	o := &outages{
		home: home, bootID: func() string { return "boot" }, now: time.Now, log: slog.New(slog.DiscardHandler),
		killed: map[string]time.Time{}, begun: map[string]bool{}, died: map[string]time.Time{},
	}
	return o, World{Containers: map[string]engine.Container{}, Outage: o.meet()}
}

// look is the world after everything was looked at.
func (o *outages) look(before World, c engine.Container) World {
	w := before
	w.Containers = map[string]engine.Container{c.ID: c}
	w.Instances = []model.Instance{{ID: 1000, Intent: model.WantRunning, Phase: model.PhaseRunning, Container: c.ID}}
	w.Outage = o.back(before, w)
	return w
}

func ran(start time.Time) engine.Container {
	return engine.Container{ID: "c", State: engine.Running, StartedAt: start}
}

func ended(start time.Time) engine.Container {
	return engine.Container{ID: "c", State: engine.Exited, StartedAt: start}
}

// A keeper died between the engine's going and its own first look afterwards: its successor didn't know that a run which
// had begun a moment before was ended by the outage.
func TestAnOutageThatNobodyHasLookedAfterIsHandedDown(t *testing.T) {
	home, first := t.TempDir(), time.Now()
	o, w := watching(home)
	w = o.look(w, ran(first))
	o.gone(w) // and dies
	next, w := watching(home)
	if w = next.look(w, ended(first.Add(time.Second))); !w.Outage.Ended(&engine.Container{ID: "c", State: engine.Exited, StartedAt: first.Add(time.Second)}) {
		t.Errorf("the end of a run that nobody had seen counts as its own: %+v", w.Outage)
	}
	if noted := next.noted(); noted.Open {
		t.Error("the outage is noted as one that nobody has looked after")
	}
}

// A look that came before the word that the engine had gone made that word mean nothing.
func TestALookThatOvertakesTheWordOfAnOutage(t *testing.T) {
	o, w := watching(t.TempDir())
	start := time.Now()
	c := ended(start)
	w = o.look(w, ran(start))
	w = o.look(w, c) // the engine has restarted, and nobody has said so yet
	w.Outage = o.gone(w)
	if w = o.look(w, c); !w.Outage.Ended(&c) {
		t.Errorf("what the engine's restart ended counts as ended by itself: %+v", w.Outage)
	}
}

// What the engine has told to have ended without a signal ended by itself, whatever happened to the engine then.
func TestAnEndThatWasToldIsNoOutages(t *testing.T) {
	o, w := watching(t.TempDir())
	start := time.Now()
	c := ended(start)
	w = o.look(w, ran(start))
	w.Outage = o.gone(w)
	o.hear("die", c.ID, &c)
	if w = o.look(w, c); w.Outage.Ended(&c) {
		t.Errorf("a job that ended by itself would run again: %+v", w.Outage)
	}
}

// A run that was seen to begin while an outage hadn't been looked after yet ended by the next one.
func TestARunThatBeginsBetweenTwoOutages(t *testing.T) {
	o, w := watching(t.TempDir())
	first := time.Now()
	w = o.look(w, ran(first))
	w.Outage = o.gone(w)
	second := ran(first.Add(time.Second))
	o.hear("start", second.ID, &second)
	w.Containers = map[string]engine.Container{second.ID: second}
	w.Outage = o.gone(w)
	c := ended(second.StartedAt)
	if w = o.look(w, c); !w.Outage.Ended(&c) {
		t.Errorf("what the second restart ended counts as ended by itself: %+v", w.Outage)
	}
}

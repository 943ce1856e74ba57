package world

import (
	"log/slog"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// watching returns what a process that starts with this state folder knows about outages.
func watching(home string) (*outages, World) {
	o := &outages{
		home: home, bootID: func() string { return "boot" }, now: time.Now, log: slog.New(slog.DiscardHandler),
		killed: map[string]time.Time{}, begun: map[string]bool{}, died: map[string]time.Time{},
	}
	return o, World{Containers: map[string]engine.Container{}, Outage: o.restore()}
}

// look returns the world after a look that found only this container.
func (o *outages) look(before World, c engine.Container) World {
	w := before
	w.Containers = map[string]engine.Container{c.ID: c}
	w.Instances = []model.Instance{{ID: 1000, Intent: model.WantRunning, Phase: model.PhaseRunning, Container: c.ID}}
	w.Outage = o.end(before, w)
	return w
}

func ran(start time.Time) engine.Container {
	return engine.Container{ID: "c", State: engine.Running, StartedAt: start}
}

func ended(start time.Time) engine.Container {
	return engine.Container{ID: "c", State: engine.Exited, StartedAt: start}
}

// A keeper died after the engine had gone and before its own next look. The next keeper didn't know that the outage had
// ended a run that had begun just before it.
func TestAnOutageThatNobodyHasLookedAfterIsHandedDown(t *testing.T) {
	home, first := t.TempDir(), time.Now()
	o, w := watching(home)
	w = o.look(w, ran(first))
	o.begin(w) // then this keeper dies
	next, w := watching(home)
	if w = next.look(w, ended(first.Add(time.Second))); !w.Outage.Ended(&engine.Container{ID: "c", State: engine.Exited, StartedAt: first.Add(time.Second)}) {
		t.Errorf("the end of a run that nobody had seen counts as its own: %+v", w.Outage)
	}
	if noted := next.read(); noted.Open {
		t.Error("the outage is noted as one that nobody has looked after")
	}
}

// A look that found the restarted engine's state came before the report that the engine had gone. The report then had
// no effect.
func TestALookThatOvertakesTheWordOfAnOutage(t *testing.T) {
	o, w := watching(t.TempDir())
	start := time.Now()
	c := ended(start)
	w = o.look(w, ran(start))
	w = o.look(w, c) // the engine has restarted, and its going isn't reported yet
	w.Outage = o.begin(w)
	if w = o.look(w, c); !w.Outage.Ended(&c) {
		t.Errorf("what the engine's restart ended counts as ended by itself: %+v", w.Outage)
	}
}

// If the engine has reported an end without a signal, the run ended by itself, even if the engine goes afterwards.
func TestAnEndThatWasToldIsNoOutages(t *testing.T) {
	o, w := watching(t.TempDir())
	start := time.Now()
	c := ended(start)
	w = o.look(w, ran(start))
	w.Outage = o.begin(w)
	o.handleEvent("die", c.ID, &c)
	if w = o.look(w, c); w.Outage.Ended(&c) {
		t.Errorf("a job that ended by itself would run again: %+v", w.Outage)
	}
}

// A run began after one outage and before the look that follows it, and the next outage ended the run.
func TestARunThatBeginsBetweenTwoOutages(t *testing.T) {
	o, w := watching(t.TempDir())
	first := time.Now()
	w = o.look(w, ran(first))
	w.Outage = o.begin(w)
	second := ran(first.Add(time.Second))
	o.handleEvent("start", second.ID, &second)
	w.Containers = map[string]engine.Container{second.ID: second}
	w.Outage = o.begin(w)
	c := ended(second.StartedAt)
	if w = o.look(w, c); !w.Outage.Ended(&c) {
		t.Errorf("what the second restart ended counts as ended by itself: %+v", w.Outage)
	}
}

// A keeper that began while the engine restarted took what the restart had ended for ended by itself, because the screen
// that saw the engine go noted it a moment later. The instance stayed exited (simulation, seed 60003579).
func TestAnOutageThatAnotherProcessNotesLater(t *testing.T) {
	home, start := t.TempDir(), time.Now()
	screen, shown := watching(home)
	shown = screen.look(shown, ran(start))
	keeper, w := watching(home)
	c := ended(start)
	w = keeper.look(w, c)
	w.Instances[0].Phase, w.Instances[0].EndedAt = model.PhaseExited, time.Now()
	if w.Outage = keeper.seenByOthers(w); w.Outage.Ended(&c) {
		t.Fatal("an outage that nobody has noted")
	}
	screen.begin(shown)
	if w.Outage = keeper.seenByOthers(w); !w.Outage.Ended(&c) {
		t.Errorf("what the restart ended counts as ended by itself: %+v", w.Outage)
	}
}

// A keeper that began right after an outage knew of an earlier one, with an earlier run of the container. Its note wrote
// that run over the later one, which the screen had noted (simulation, seed 60003579).
func TestALaterRunThatAnotherProcessNotedIsKept(t *testing.T) {
	home, first := t.TempDir(), time.Now()
	screen, shown := watching(home)
	shown = screen.look(shown, ran(first))
	shown.Outage = screen.begin(shown)
	shown = screen.look(shown, ended(first))
	keeper, w := watching(home) // reads the note of the first outage
	second := ran(first.Add(time.Second))
	shown = screen.look(shown, second)
	shown.Outage = screen.begin(shown)
	c := ended(second.StartedAt)
	screen.look(shown, c)
	if w = keeper.look(w, c); !w.Outage.Ended(&c) || !screen.read().Ended(&c) {
		t.Errorf("what the second outage ended counts as ended by itself: %+v, noted %+v", w.Outage, screen.read())
	}
}

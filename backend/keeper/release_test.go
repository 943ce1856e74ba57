package keeper

import (
	"log/slog"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/backend/handover"
	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// A stop that came before a start was written down left that start under way on paper. The next start was then taken
// for done, and the end of the old run for its own: the instance was called exited and never ran again.
func TestAStopEndsAStartThatWasntWrittenDown(t *testing.T) {
	e := memory.New(time.Now)
	t.Cleanup(func() { check(t, e.Close()) })
	e.AddImage(engine.Image{Tags: []string{"demo/service:1"}})
	home := t.TempDir()
	l, err := ledger.Open(t.Context(), home, time.Now)
	check(t, err)
	defer func() { check(t, l.Close()) }()
	id, err := e.Create(t.Context(), engine.Request{Name: "C.1000", Image: "demo/service:1", Entrypoint: []string{"serve"}})
	check(t, err)
	check(t, e.Start(t.Context(), id))
	check(t, e.Stop(t.Context(), id, 0))
	seen, err := l.Insert(t.Context(), func(n model.InstanceID, _ ledger.Promises) (model.Instance, error) {
		return model.Instance{ID: n, Intent: model.WantStopped, Phase: model.PhaseStopping, Container: id, Starting: true}, nil
	})
	check(t, err)
	term, err := l.Begin(t.Context())
	check(t, err)
	k := New(Parts{
		Ledger: term, Engine: e, Say: func(string) {}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Handover: handover.New(handover.Parts{Engine: e, Home: home, Simulated: true, Now: time.Now}),
	})
	check(t, k.steps.release(t.Context(), seen, model.PhaseStopped, "stopped"))
	after, err := l.Order(t.Context(), seen.ID, func(i *model.Instance) error {
		i.Intent, i.Phase = model.WantRunning, model.PhaseStarting
		return nil
	})
	check(t, err)
	c, err := e.Inspect(t.Context(), id)
	check(t, err)
	if s := nextStep(after, &c, world.Outage{}); s != stepStart {
		t.Errorf("ordered to start, its step is %q", s)
	}
}

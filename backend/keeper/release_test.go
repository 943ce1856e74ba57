package keeper

import (
	"testing"

	"berth/backend/engine"
	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// A stop that came before a start was written down left Starting set in the row. The next start was then taken for
// done, and the end of the old run for the end of the new one: the instance was called exited and never ran again.
func TestAStopEndsAStartThatWasntWrittenDown(t *testing.T) {
	k, l, e, _ := keeping(t)
	id, err := e.Create(t.Context(), engine.Request{Name: "C.1000", Image: "demo/service:1", Entrypoint: []string{"serve"}})
	check(t, err)
	check(t, e.Start(t.Context(), id))
	check(t, e.Stop(t.Context(), id, 0))
	seen, err := l.Insert(t.Context(), func(n model.InstanceID, _ ledger.Promises) (model.Instance, error) {
		return model.Instance{ID: n, Intent: model.WantStopped, Phase: model.PhaseStopping, Container: id, Starting: 1}, nil
	})
	check(t, err)
	check(t, k.steps.release(t.Context(), seen, model.PhaseStopped, "stopped"))
	after, err := l.Order(t.Context(), seen.ID, func(i *model.Instance, _ ledger.Promises) error {
		i.Intent, i.Phase = model.WantRunning, model.PhaseStarting
		return nil
	})
	check(t, err)
	c, err := e.Inspect(t.Context(), id)
	check(t, err)
	if s := nextStep(after, &c, world.Outage{}, true); s != stepStart {
		t.Errorf("ordered to start, its step is %q", s)
	}
}

package backend

import (
	"errors"
	"testing"

	"berth/model"
)

// A reboot ordered while the keeper was waiting for an answer of the instance was written over, and never came.
func TestAnOrderThatComesDuringALookIsntWrittenOver(t *testing.T) {
	for _, a := range []model.Action{model.ActionReboot, model.ActionRecycle, model.ActionStop} {
		t.Run(string(a), func(t *testing.T) {
			b := newBench(t, t.TempDir(), inMemory(t)).run()
			seen := b.untilPhase(b.launch(service(1)).ID, model.PhaseRunning)
			b.stop()
			c, err := b.engine.Inspect(t.Context(), seen.Container)
			check(t, err)
			check(t, b.Act(t.Context(), seen.ID, a))
			ordered, err := b.ledger.Instance(t.Context(), seen.ID)
			check(t, err)
			if err := newKeeper(b.Machine).probe(t.Context(), seen, &c); !errors.Is(err, errNotYet) {
				t.Errorf("the look ended with %v", err)
			}
			if now, err := b.ledger.Instance(t.Context(), seen.ID); err != nil || now.Phase != ordered.Phase || now.Message != ordered.Message {
				t.Errorf("%v: it is %s (%s), ordered was %s", err, now.Phase, now.Message, ordered.Phase)
			}
		})
	}
}

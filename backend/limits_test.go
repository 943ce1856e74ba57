package backend

import (
	"strings"
	"testing"

	"berth/model"
)

// A limit holds wherever GPUs are asked for: at a launch, at a launch that waits, and at a start; with the same words.
func TestALimitHoldsAtLaunchAndAtStart(t *testing.T) {
	b := newBench(t, t.TempDir(), inMemory(t))
	b.remake(func(p *Parts) {
		p.Owner = "maria"
		p.Policy = func() model.Policy { return model.Policy{Limits: model.Limits{Limit: model.Limit{GPUs: 4}}} }
	})
	b.run()
	const want = "the machine's rule [limits] gpus: maria may hold 4 at once, and holds or waits for 3"
	refused := func(doing string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", doing, err)
		}
	}
	stopped := b.untilPhase(b.launch(service(2)).ID, model.PhaseRunning)
	b.act(stopped.ID, model.ActionStop)
	b.untilPhase(stopped.ID, model.PhaseStopped)
	running := b.untilPhase(b.launch(service(3)).ID, model.PhaseRunning)

	_, err := b.Launch(t.Context(), service(2))
	refused("a launch", err)
	_, err = b.Launch(t.Context(), inLine("demo/service:1", 2))
	refused("a launch in line", err)
	refused("a start", b.Act(t.Context(), stopped.ID, model.ActionStart))
	check(t, b.Act(t.Context(), running.ID, model.ActionReboot)) // asks for nothing
	f := b.mustFleet()
	account, err := b.Account(t.Context())
	check(t, err)
	if _, faults := model.Propose(service(2), model.CapacityOf(f, account)); len(faults) == 0 || !strings.Contains(faults.Error(), want) {
		t.Errorf("the form says %v", faults)
	}
	b.end(running.ID)
	b.act(stopped.ID, model.ActionStart)
	b.untilPhase(stopped.ID, model.PhaseRunning)
}

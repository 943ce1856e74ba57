package backend

import (
	"testing"

	"berth/backend/engine"
	"berth/model"
)

// An instance that failed before it had a container was recycled from the very image that had failed it.
func TestRecycleFetchesTheImageAlsoWhereThereIsNoContainer(t *testing.T) {
	e := inMemory(t)
	b := newBench(t, t.TempDir(), e).run()
	e.FailNext("Create", &engine.Error{Words: "exec format error"})
	i := b.untilPhase(b.launch(service(1)).ID, model.PhaseFailed)
	if i.Container != "" {
		t.Fatalf("it has a container: %s", i.Container)
	}
	b.act(i.ID, model.ActionRecycle)
	now := b.untilPhase(i.ID, model.PhaseRunning)
	events, err := b.History(t.Context(), 0)
	check(t, err)
	pulls := 0
	for _, e := range events {
		if e.Instance == i.ID && e.Verb == "pull" {
			pulls++
		}
	}
	if pulls != 2 {
		t.Errorf("the image was fetched %d times, want at the launch and at the recycle", pulls)
	}
	if now.Plan.Fresh {
		t.Error("its next start fetches it too")
	}
}

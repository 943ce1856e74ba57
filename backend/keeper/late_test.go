package keeper

import (
	"testing"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// A late container was still in the world after its removal. The keeper removed it again at every look, each time with
// a line of history, and each line triggered the next look.
func TestALateContainerIsRemovedOnce(t *testing.T) {
	k, l, e, _ := keeping(t)
	id, err := e.Create(t.Context(), engine.Request{Name: "C.1000", Image: "demo/service:1"})
	check(t, err)
	c, err := e.Inspect(t.Context(), id)
	check(t, err)
	for range 3 {
		check(t, k.clearLate(t.Context(), model.Instance{ID: 1000}, &c, time.Now()))
	}
	history, err := l.History(t.Context(), 10)
	check(t, err)
	if len(history) != 1 {
		t.Errorf("its removal stands %d times in history: %v", len(history), history)
	}
}

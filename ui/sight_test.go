package ui

import (
	"slices"
	"testing"

	"berth/model"
	"berth/ui/uitest"
)

// What the machine measures each second is what the screen shows.
func TestTheMachineIsToldWhatIsInSight(t *testing.T) {
	m := uitest.New(uitest.Fleet(8, 200))
	has := func(when string, id model.InstanceID, want bool) {
		t.Helper()
		if got := slices.Contains(m.InSight(), id); got != want {
			t.Errorf("%s, %v is in sight: %v", when, id, got)
		}
	}
	p := played(t, m, 120, 40, nil).shows("C.1208")
	has("at the top", 1208, true)
	has("at the top", 1009, false)
	p.press("G")
	has("at the end", 1208, false)
	has("at the end", 1009, true)
	if n := len(m.InSight()); n > 40 {
		t.Errorf("%d instances in sight of 40 lines", n)
	}
	p.press("o", "o", "o", "o").shows("CPU")
	if n := len(m.InSight()); n < 200 {
		t.Errorf("sorted by what they take, %d of 200 are in sight", n)
	}
}

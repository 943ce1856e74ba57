package form

import (
	"slices"
	"testing"
	"time"

	"berth/model"
)

// withIdleRule is the form on a machine whose owner has a rule about GPUs that rest.
func withIdleRule(keep bool) Inputs {
	in := inputs()
	in.Capacity.Policy.Idle = model.IdleRule{After: model.Span(6 * time.Hour), Action: model.IdleStop, Keep: keep}
	return in
}

func TestWhatASharedMachineAsksHasItsField(t *testing.T) {
	f := newTypist(t, withIdleRule(true)).form
	for _, key := range []string{"folders", "volumes", "queue", "for", "keep"} {
		step := f.pages.all()[stepOf(key)]
		if !slices.ContainsFunc(step.inputs(), func(in input) bool { return in.about().key == key }) {
			t.Errorf("step %d, to which faults of %s lead, has no such field", stepOf(key)+1, key)
		}
	}
}

func TestAnInstanceIsExemptedWhereTheRuleLetsUsers(t *testing.T) {
	const question = "exempt from [idle] after 6h below 5 %"
	u := newTypist(t, withIdleRule(true))
	u.press("ctrl+s", "up")
	u.sees("stopped 30m after its GPUs have rested for 6h")
	u.sees("[ ] " + question)
	u.press("space")
	u.hides("stopped 30m after")
	u.press("home", "enter")
	if got := u.submitted().Order; !got.Keep {
		t.Errorf("submitted was %+v", got)
	}

	u = newTypist(t, withIdleRule(false))
	u.press("ctrl+s")
	u.hides(question)
	in := withIdleRule(false)
	in.Start = &model.Order{Image: "ubuntu", GPUs: 1, Disk: 40, Keep: true}
	u = newTypist(t, in)
	u.press("ctrl+s")
	u.sees("lets nobody exempt an instance from [idle] after 6h below 5 %")
	u.press("up", "space")
	u.hides("lets nobody")
}

func TestWaitingCanBeAskedForAheadOfTheLaunch(t *testing.T) {
	u := newTypist(t, inputs())
	u.press("alt+2")
	u.types("7")
	u.press("up", "space")
	u.sees("waits for 7: next in line for H100 80GB")
	u.press("ctrl+s", "enter")
	if got := u.submitted().Order; !got.Queue || got.GPUs != 7 {
		t.Errorf("submitted was %+v", got)
	}
}

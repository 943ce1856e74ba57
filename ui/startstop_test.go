package ui

import (
	"strings"
	"testing"

	"berth/model"
	"berth/ui/uitest"
)

// phases returns the phases of a machine's instances, in the list's order.
func phases(m *uitest.Backend) string {
	var out []string
	for _, i := range m.Fleet().Instances {
		out = append(out, i.ID.String()+" "+string(i.Phase))
	}
	return strings.Join(out, ", ")
}

// mixed returns a machine with the user's instances in these phases, numbered from C.1.
func mixed(phases ...model.Phase) *uitest.Backend {
	return fleetWith(4, 0, func(f *model.Fleet) {
		for n, phase := range phases {
			f.Instances = append(f.Instances, model.Instance{ID: model.InstanceID(n + 1), Owner: "you", Label: "job", Phase: phase,
				Order: model.Order{Image: "i", Mode: model.ModeEntrypoint}, Plan: model.Plan{PortHeld: phase == model.PhaseFailed}})
		}
	})
}

// A regression test: if some marked instances were stopped and others running, s started the stopped ones and said
// nothing about the others.
func TestMarksOfMixedKindsAskWhichAreMeant(t *testing.T) {
	const stopped, running, failed, lost = model.PhaseStopped, model.PhaseRunning, model.PhaseFailed, model.PhaseLost
	for _, c := range []struct {
		name   string
		phases []model.Phase
		keys   []string
		want   string
	}{
		{"Enter alone changes nothing", []model.Phase{stopped, running, stopped}, []string{"enter"}, "C.1 stopped, C.2 running, C.3 stopped"},
		{"Esc neither", []model.Phase{stopped, running, stopped}, []string{"right", "esc"}, "C.1 stopped, C.2 running, C.3 stopped"},
		{"Start starts", []model.Phase{stopped, running, stopped}, []string{"right", "enter"}, "C.1 running, C.2 running, C.3 running"},
		{"Stop stops", []model.Phase{stopped, running, stopped}, []string{"left", "enter"}, "C.1 stopped, C.2 stopped, C.3 stopped"},
		{"New ports are for those that need them", []model.Phase{failed, running, stopped}, []string{"right", "right", "enter"}, "C.1 running, C.2 running, C.3 stopped"},
		{"what neither is possible for is left", []model.Phase{lost, running, stopped}, []string{"tab", "enter"}, "C.1 lost, C.2 running, C.3 running"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mixed(c.phases...)
			p := played(t, m, 80, 24, nil).press("A", "s").shows("Start or stop 3 instances?", "[ Cancel ]", "[ Stop 1 ]")
			if c.phases[0] == lost {
				p.shows("C.1 job stays as it is.")
			}
			if c.phases[0] == stopped {
				p.shows("[ Start 2 ]")
			}
			p.press(c.keys...)
			if got := phases(m); got != c.want {
				t.Errorf("then they are %s, want %s", got, c.want)
			}
		})
	}
}

func TestMarksOfOneKindAreOrderedAtOnceOrAskedAbout(t *testing.T) {
	m := mixed(model.PhaseStopped, model.PhaseStopped, model.PhaseLost)
	played(t, m, 120, 24, nil).press("A", "s", "M").shows("start ordered: 2 instances; C.3 job stays as it is")
	if got, want := phases(m), "C.1 running, C.2 running, C.3 lost"; got != want {
		t.Errorf("then they are %s, want %s", got, want)
	}
	played(t, m, 120, 24, nil).press("A", "r").shows("Reboot 2 instances?", "C.3 job stays as it is.")
	played(t, mixed(model.PhaseLost), 120, 24, nil).press("s").shows("its container is gone, destroy dismisses it")
}

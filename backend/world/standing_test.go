package world

import (
	"strings"
	"testing"

	"berth/backend/engine"
	"berth/model"
)

// A paused container was once shown as answering.
func TestEveryStateOfAContainerHasAWordAndAdvice(t *testing.T) {
	for state, want := range map[engine.State]model.Standing{
		engine.Created: "", engine.Running: "", engine.Exited: "",
		engine.Paused: model.StandingPaused, engine.Restarting: model.StandingRestarting,
		engine.Removing: model.StandingRemoving, engine.Dead: model.StandingDead,
	} {
		i := model.Instance{ID: 7, Container: "c", Phase: model.PhaseRunning, Intent: model.WantRunning}
		w := World{
			Engine: model.Condition{OK: true}, Instances: []model.Instance{i},
			Containers: map[string]engine.Container{"c": {ID: "c", State: state}},
		}
		i.Standing = w.standing(&i)
		if i.Standing != want {
			t.Errorf("%s: it stands as %q, want %q", state, i.Standing, want)
		}
		if want == "" {
			continue
		}
		if i.Status() != string(want) || !strings.Contains(i.Advice(), "C.7") {
			t.Errorf("%s: the word is %q, the advice %q", state, i.Status(), i.Advice())
		}
	}
	i := model.Instance{ID: 7, Container: "c", Phase: model.PhaseDestroying, Intent: model.WantDestroyed}
	w := World{Engine: model.Condition{OK: true}, Containers: map[string]engine.Container{"c": {ID: "c", State: engine.Removing}}}
	if got := w.standing(&i); got != "" {
		t.Errorf("one that is being destroyed stands as %q", got)
	}
}

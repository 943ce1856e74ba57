package ui_test

import (
	"testing"

	"berth/model"
	"berth/ui/uitest"
)

// last returns the instance that was launched last.
func last(t *testing.T, m *uitest.Backend) model.Instance {
	t.Helper()
	all := m.Fleet().Instances
	return all[len(all)-1]
}

// toStep returns the keys that go to a step of the form: alt and its number.
func toStep(number string) string { return "\x1b" + number }

func TestAFormOnATerminalIsPassedThroughWithoutAChange(t *testing.T) {
	m := uitest.New(uitest.Fleet(4, 0))
	s := start(t, m, 80, 24)
	s.Keys("n")
	s.Sees("▸ ● starter")
	s.Keys(uitest.Down)
	s.Sees("▸   pytorch")
	s.Keys(toStep("3"))
	s.Sees("▸ ● entrypoint")
	for range 6 {
		s.Keys(uitest.Up)
	}
	s.Keys(toStep("8"))
	s.Sees("display name")
	s.Keys("my yellow run", uitest.Enter)
	s.Sees("C.1")
	if i := last(t, m); i.Order.Name != "starter" || i.Order.Mode != model.ModeEntrypoint || i.Label != "my yellow run" {
		t.Errorf("launched was %+v", i.Order)
	}
}

func TestAFormOnATerminalChoosesCompletesAndTakesAnEnvFile(t *testing.T) {
	m := uitest.New(uitest.Fleet(4, 3))
	s := start(t, m, 80, 24)
	s.Keys("n", uitest.Down, " ")
	s.Sees("● pytorch")
	s.Keys(uitest.Down, uitest.CtrlU, "ubu", uitest.Tab)
	s.Sees("ubuntu:24.04")
	s.Keys(toStep("3"))
	s.Sees("▸ ● jupyter")
	s.Keys(uitest.Left)
	s.Sees("▸ ● ssh")
	s.Sees("[✓] ed25519 you@laptop")
	s.Keys(toStep("4"), uitest.CtrlU, "\x1b[200~A=1\r\nB='two words'\r\n\x1b[201~")
	s.Sees(`-e A=1 -e "B=two words"`)
	s.Keys(uitest.CtrlS)
	s.Sees("1 SSH key")
	s.Keys(uitest.Enter)
	s.Sees("launched C.")
	i := last(t, m)
	if i.Order.Image != "ubuntu:24.04" || i.Order.Mode != model.ModeSSH || len(i.Plan.Env) != 2 || len(i.Plan.Keys) != 1 {
		t.Errorf("launched was %+v with %+v", i.Order, i.Plan)
	}
}

func TestAReviewOnATerminalWarnsOfNoKey(t *testing.T) {
	s := start(t, uitest.New(uitest.Fleet(4, 0)), 80, 24)
	s.Keys("n", uitest.Down, " ", toStep("3"))
	s.Sees("[✓] ed25519 you@laptop")
	s.Keys(uitest.Tab, uitest.Tab, uitest.Tab, " ")
	s.Sees("[ ] ed25519 you@laptop")
	s.Keys(uitest.CtrlS)
	s.Sees("Nobody can log in: your account has no SSH key")
}

func TestMarksOnATerminalAskWhichAreMeant(t *testing.T) {
	s := start(t, uitest.New(uitest.Fleet(8, 9)), 80, 24)
	s.Sees("C.1017")
	s.Keys("A", "s")
	s.Sees("[ Start 3 ]  [ Stop 6 ]")
	s.Keys(uitest.Enter)
	s.Sees("✓ 9 marked")
}

func TestThePaletteOnATerminalGoesToPlaces(t *testing.T) {
	s := start(t, uitest.New(uitest.Fleet(8, 9)), 80, 24)
	s.Sees("INSTANCES")
	s.Keys(":", "pytorch", " with")
	s.Sees("launch from it: PyTorch with Jupyter")
	s.Keys(uitest.Enter)
	s.Sees("New instance · pytorch")
	s.Keys(uitest.Escape)
	s.Sees("INSTANCES")
	s.Keys(":", "sort by owner", uitest.Enter)
	s.Sees("o owner")
	s.Keys("?", "waiting")
	s.Sees("for GPUs, in order of asking")
}

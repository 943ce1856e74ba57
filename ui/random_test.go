package ui

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// TestNoKeyBreaksTheScreen presses random keys on terminals of any size while the machine changes. Nothing may panic,
// and the screen must always have exactly its size.
func TestNoKeyBreaksTheScreen(t *testing.T) {
	var keys []string
	for _, b := range bindings() {
		for _, key := range b.on.Keys() {
			if !slices.Contains([]string{"q", "ctrl+c", "f10", "ctrl+z", "x"}, key) {
				keys = append(keys, key)
			}
		}
	}
	keys = append(keys, "enter", "esc", "left", "right", "tab", "backspace", "a", "語", "ctrl+s")
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 7))
		m := fleetWith(rng.IntN(20), rng.IntN(12), everythingAtRandom(rng))
		p := played(t, m, 80, 24, nil)
		w, h := 80, 24
		var pressed []string
		for step := range 200 {
			switch rng.IntN(20) {
			case 0:
				w, h = rng.IntN(200)+1, rng.IntN(60)+1
				p.tell(tea.WindowSizeMsg{Width: w, Height: h})
			case 1:
				m.Change(everythingAtRandom(rng))
				p.settle()
			default:
				key := keys[rng.IntN(len(keys))]
				pressed = append(pressed, key)
				if p.tell(keyPress(key)); step%25 == 0 {
					p.settle()
				}
			}
			lines := strings.Split(p.app.View().Content, "\n")
			if len(lines) != h {
				t.Fatalf("seed %d, %d×%d: %d lines after %q", seed, w, h, len(lines), pressed)
			}
			for _, l := range lines {
				if got := theme.Width(l); got > w {
					t.Fatalf("seed %d, %d×%d: a line of %d cells after %q: %q", seed, w, h, got, pressed, l)
				}
			}
		}
	}
}

// everythingAtRandom removes random devices and instances, and gives others random phases and holders.
func everythingAtRandom(rng *rand.Rand) func(*model.Fleet) {
	phases := []model.Phase{model.PhaseCreating, model.PhaseLoading, model.PhaseRunning, model.PhaseStopped, model.PhaseExited,
		model.PhaseScheduling, model.PhaseFailed, model.PhaseLost, model.PhaseDestroying}
	return func(f *model.Fleet) {
		f.Engine.OK, f.Driver.OK = rng.IntN(3) > 0, rng.IntN(3) > 0
		f.Engine.Reason, f.Driver.Reason = "it hangs\x1b[2J", "it is\ngone"
		f.Devices = f.Devices[:rng.IntN(len(f.Devices)+1)]
		f.Instances = f.Instances[:rng.IntN(len(f.Instances)+1)]
		for n := range f.Instances {
			f.Instances[n].Phase = phases[rng.IntN(len(phases))]
			f.Instances[n].Label = strings.Repeat("音\x1b[31m", rng.IntN(30))
		}
		for n := range f.Devices {
			f.Devices[n].Reading = model.Reading{Health: model.Health{OK: rng.IntN(2) == 0, Reason: "Xid 79"}}
		}
	}
}

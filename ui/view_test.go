package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
	"berth/ui/uitest"
)

// scenes lists the states that have golden views.
var scenes = []struct {
	name    string
	machine func() *uitest.Backend
	w, h    int
	keys    []string
}{
	{"gpus-60x16", usual, 60, 16, []string{"1"}},
	{"instance-80x24", usual, 80, 24, []string{"G", "enter"}},
	{"loading-80x24", usual, 80, 24, []string{"G", "k", "enter"}},
	{"gpu-80x24", usual, 80, 24, []string{"1", "G", "enter"}},
	{"filter-80x24", usual, 80, 24, []string{"/", "text:maria"}},
	{"marks-80x24", usual, 80, 24, []string{"space", "space"}},
	{"destroy-80x24", usual, 80, 24, []string{"G", "d"}},
	{"stop-60x16", usual, 60, 16, []string{"G", "s"}},
	{"help-80x24", usual, 80, 24, []string{"?"}},
	{"help-words-60x16", usual, 60, 16, []string{"?", "text:wait"}},
	{"palette-60x16", usual, 60, 16, []string{":", "text:de"}},
	{"palette-80x24", usual, 80, 24, []string{":"}},
	{"palette-120x40", usual, 120, 40, []string{":"}},
	{"split-60x16", usual, 60, 16, []string{"A", "s"}},
	{"split-80x24", usual, 80, 24, []string{"A", "s", "right"}},
	{"messages-80x24", usual, 80, 24, []string{"ctrl+r", "y", "4"}},
	{"empty-80x24", func() *uitest.Backend { return fleetWith(8, 0, nil) }, 80, 24, nil},
	{"no-engine-80x24", func() *uitest.Backend { return fleetWith(8, 0, noEngineThere) }, 80, 24, nil},
	{"no-gpu-80x24", func() *uitest.Backend { return fleetWith(0, 3, noDriverThere) }, 80, 24, nil},
	{"trouble-120x40", func() *uitest.Backend { return fleetWith(8, 9, everythingWrong) }, 120, 40, nil},
	{"templates-120x40", ownTemplate, 120, 40, []string{"t", "down", "down"}},
	{"form-80x24", usual, 80, 24, []string{"n"}},
	{"ports-80x24", usual, 80, 24, []string{"G", "p"}},
}

func usual() *uitest.Backend {
	return fleetWith(8, 9, func(f *model.Fleet) { f.Host.Simulated = "h100x8" })
}

// ownTemplate returns a machine with a template that has short details.
func ownTemplate() *uitest.Backend {
	m := usual()
	_ = m.SaveTemplate(context.Background(), model.Template{Order: model.Order{Name: "mine", Image: "ubuntu", Mode: model.ModeSSH}})
	return m
}

func noEngineThere(f *model.Fleet) {
	f.Engine = model.Condition{Reason: "nothing listens on /var/run/docker.sock: start it with systemctl start docker"}
}

func noDriverThere(f *model.Fleet) {
	f.Driver = model.Condition{Reason: "libnvidia-ml.so.1 is not there: install the NVIDIA driver"}
}

// everythingWrong changes a fleet: the engine hangs, a GPU is lost, another has a conflict, readings are old.
func everythingWrong(f *model.Fleet) {
	f.Host.Demo = true
	f.Notices = []string{"private state: only you see these instances; sudo berth setup shares them"}
	f.Engine = model.Condition{Reason: "the engine doesn't answer", Since: uitest.Now.Add(-4 * time.Second)}
	f.Devices[1].Health = model.Health{Reason: "fell off the bus (Xid 79)"}
	f.Devices[2].Holder = model.Holder{Kind: model.HeldInConflict, ID: "4711", Name: "xmrig", Owner: "root"}
	f.Devices[3].At = uitest.Now.Add(-12 * time.Second)
	f.Devices[4].Reading = model.Reading{At: uitest.Now, Health: model.Health{OK: true}}
	f.Devices[5].Holder = model.Holder{Kind: model.HeldByContainer, ID: "3f2a91c0de55", Name: "jolly_turing", Owner: "tanaka"}
	f.Devices[7].Temperature = model.Known(model.Celsius(91))
	f.Devices[7].Model = "NVIDIA A100-SXM4-80GB"
}

func TestScenesLookAsKept(t *testing.T) {
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			p := played(t, s.machine(), s.w, s.h, nil).press(s.keys...)
			p.golden(s.name)
		})
	}
}

func TestEveryScreenHasExactlyTheRoomItWasGiven(t *testing.T) {
	for _, s := range scenes {
		p := played(t, s.machine(), s.w, s.h, nil).press(s.keys...)
		for _, size := range [][2]int{{1, 1}, {2, 2}, {10, 3}, {40, 10}, {60, 16}, {75, 19}, {80, 24}, {149, 50}, {150, 20}, {300, 90}} {
			p.tell(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			lines := strings.Split(p.app.View().Content, "\n")
			if len(lines) != size[1] {
				t.Errorf("%s at %v: %d lines", s.name, size, len(lines))
			}
			for n, l := range lines {
				if w := theme.Width(l); w > size[0] {
					t.Errorf("%s at %v: line %d takes %d cells: %q", s.name, size, n, w, l)
				}
			}
		}
	}
}

func TestSimulationIsAlwaysSaid(t *testing.T) {
	for _, w := range []int{60, 80, 120, 160} {
		m := fleetWith(8, 9, func(f *model.Fleet) {
			f.Host.Simulated, f.Host.Demo = "h100x8", true
			f.Host.Name = strings.Repeat("long-name-", 12)
			f.Engine = model.Condition{Since: uitest.Now.Add(-time.Minute)}
		})
		played(t, m, w, 24, nil).shows("SIMULATED h100x8", "DEMO", "docker: no answer 1 m")
	}
}

func TestASCIIScreensAreASCII(t *testing.T) {
	th, err := theme.New(theme.Options{Color: "never", ASCII: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scenes {
		p := played(t, s.machine(), s.w, s.h, func(o *Options) { o.Theme = th }).press(s.keys...)
		for _, r := range p.text() {
			if r > 126 {
				t.Errorf("%s: %q in\n%s", s.name, r, p.text())
				break
			}
		}
	}
}

func TestViewIsPure(t *testing.T) {
	p := played(t, usual(), 120, 40, nil).press("p")
	if first := p.app.View().Content; first != p.app.View().Content {
		t.Error("two views of one state differ")
	}
}

func TestALaunchThatIsRefusedBringsTheFormBack(t *testing.T) {
	m := usual()
	m.Refuse = errors.New("not enough free GPUs: C.1009 llama-ft (maria) holds 4")
	p := played(t, m, 80, 24, nil).press("n", "ctrl+s", "enter")
	p.shows("Not launched: not enough free GPUs", "what you get")
	m.Refuse = nil
	p.press("enter").shows("launched C.1018", "▸C.1018")
}

// A regression test: the marker of the selected row was cyan in forms, lists and menus, but cyan means that something
// is a key.
func TestAMarkerIsNotDrawnAsAKey(t *testing.T) {
	th, err := theme.New(theme.Options{Color: "always", Env: []string{"LANG=C.UTF-8", "TERM=xterm-256color"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][]string{{"n"}, {"n", "pgdown"}, {"n", "pgdown", "pgdown"}, {"t"}, {"?"}, {":"}, {"p"}, {"a"}, {"f"}, {"H"}} {
		for _, width := range []int{80, 120} {
			p := played(t, usual(), width, 30, func(o *Options) { o.Theme = th }).press("G").press(keys...)
			screen := p.app.View().Content
			if !strings.Contains(screen, th.Selected) {
				t.Errorf("%v: nothing is marked", keys)
			}
			if strings.Contains(screen, th.Accent.Render(th.Selected)) {
				t.Errorf("%v at %d columns: the marker is drawn as keys are", keys, width)
			}
		}
	}
}

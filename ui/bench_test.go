package ui

import (
	"io"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/terminal"
	"berth/ui/theme"
	"berth/ui/uitest"
)

// BenchmarkKey measures a key press up to the drawn screen: Update, View and the comparison of cells.
func BenchmarkKey(b *testing.B) {
	for _, c := range []struct {
		name               string
		devices, instances int
		w, h               int
	}{{"80x24", 4, 6, 80, 24}, {"120x40 of 200", 8, 200, 120, 40}, {"160x50 of 200", 8, 200, 160, 50}} {
		b.Run(c.name, func(b *testing.B) {
			th, err := theme.New(theme.Options{Color: "always", Env: []string{"LANG=C.UTF-8"}})
			if err != nil {
				b.Fatal(err)
			}
			a, err := New(b.Context(), uitest.New(uitest.Fleet(0, 0)), Options{Theme: th, User: "you", Clock: func() time.Time { return uitest.Now }})
			if err != nil {
				b.Fatal(err)
			}
			a.mainScreen = a.sized(c.w, c.h)
			var m tea.Model = a
			m, _ = m.Update(fleetMsg{fleet: uitest.Fleet(c.devices, c.instances), at: uitest.Now})
			p := terminal.NewPainter(io.Discard, []string{"TERM=xterm"}, true, c.w, c.h)
			keys := []tea.KeyPressMsg{keyPress("j"), keyPress("j"), keyPress("k")}
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				m, _ = m.Update(keys[n%len(keys)])
				if err := p.Paint(m.View().Content); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}

// BenchmarkFleetAt200 is what each second costs a screen: a new fleet, whose readings have moved, to the painted screen.
func BenchmarkFleetAt200(b *testing.B) {
	th, err := theme.New(theme.Options{Color: "always", Env: []string{"LANG=C.UTF-8"}})
	if err != nil {
		b.Fatal(err)
	}
	machine := uitest.New(uitest.Fleet(8, 200))
	a, err := New(b.Context(), machine, Options{Theme: th, User: "you", Clock: func() time.Time { return uitest.Now }})
	if err != nil {
		b.Fatal(err)
	}
	a.mainScreen = a.sized(120, 40)
	var m tea.Model = a
	p := terminal.NewPainter(io.Discard, []string{"TERM=xterm"}, true, 120, 40)
	fleets := machine.Watch(b.Context())
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		machine.Step()
		f := <-fleets
		b.StartTimer()
		m, _ = m.Update(fleetMsg{fleet: f, at: f.At})
		if err := p.Paint(m.View().Content); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJoin is what each word of one of three machines costs before the screen sees it: all made anew, and what the
// machine that spoke has.
func BenchmarkJoin(b *testing.B) {
	machines := []model.Machine{uitest.Box("box1", 8, 30), uitest.Box("box2", 8, 30), uitest.Box("box3", 8, 30)}
	b.Run("anew", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			model.Joined(machines, "you")
		}
	})
	b.Run("one that spoke", func(b *testing.B) {
		j := model.Joining{Me: "you"}
		b.ReportAllocs()
		for b.Loop() {
			machines[1].Heard++
			j.Fleet(machines)
		}
	})
}

// BenchmarkFirstFrame measures from nothing to the first painted frame with a fleet: what a terminal waits for beside the
// start of the process.
func BenchmarkFirstFrame(b *testing.B) {
	for _, c := range []struct {
		name            string
		w, h, instances int
	}{{"80x24", 80, 24, 6}, {"120x40 of 200", 120, 40, 200}} {
		b.Run(c.name, func(b *testing.B) {
			fleet := uitest.Fleet(8, c.instances)
			b.ReportAllocs()
			for b.Loop() {
				th, err := theme.New(theme.Options{Color: "always", Env: []string{"LANG=C.UTF-8"}})
				if err != nil {
					b.Fatal(err)
				}
				a, err := New(b.Context(), uitest.New(fleet), Options{Theme: th, User: "you", Clock: func() time.Time { return uitest.Now }})
				if err != nil {
					b.Fatal(err)
				}
				a.mainScreen = a.sized(c.w, c.h)
				m, _ := a.Update(fleetMsg{fleet: fleet, at: uitest.Now})
				if err := terminal.NewPainter(io.Discard, []string{"TERM=xterm"}, true, c.w, c.h).Paint(m.View().Content); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package ui

import (
	"io"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/ui/terminal"
	"berth/ui/theme"
	"berth/ui/uitest"
)

// BenchmarkKey is a key to the painted screen: Update, View, the comparison of cells.
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

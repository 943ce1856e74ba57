// Package pane has the panes of the main screen: who has the GPUs (gpus.go), the instances (instances.go), the lower half
// about what is selected (living.go), all details of it (detail.go), what happened so far (messages.go), and the line
// above them all (header.go).
//
// Each pane is a value with the same shape: Sized gives it room, WithScene newer knowledge, Moved moves its selection
// or its text, View draws it. All of them draw from a Scene. They know no App: which pane has the keys, and what an
// order goes to, is decided above them.
package pane

import (
	"time"

	"berth/model"
	"berth/ui/theme"
)

// A Scene is what every pane draws from: what is known, the time it is drawn at, and the styles.
type Scene struct {
	Theme theme.Theme
	Fleet model.Fleet
	Now   time.Time
	Me    string // user name; its instances are shown as "you"
	index map[model.GPUID]int
}

// Indexed fills in the GPUs' indexes.
func (s Scene) Indexed() Scene {
	s.index = make(map[model.GPUID]int, len(s.Fleet.Devices))
	for _, d := range s.Fleet.Devices {
		s.index[d.ID] = d.Index
	}
	return s
}

// Owner is a user's name as the reader knows it.
func (s Scene) Owner(name string) string {
	if name == s.Me && name != "" {
		return "you"
	}
	return theme.Text(name)
}

// indexes are the driver's numbers of GPUs; one that is gone is left out.
func (s Scene) indexes(ids []model.GPUID) []int {
	var out []int
	for _, id := range ids {
		if i, ok := s.index[id]; ok {
			out = append(out, i)
		}
	}
	return out
}

// staleAfter is when a reading is old: readings come each second, and a driver that stalls for one or two
// of them is nothing to worry people with.
const staleAfter = 5 * time.Second

// stale reports whether a device's reading is old, and how old.
func (s Scene) stale(r model.Reading) (time.Duration, bool) {
	if r.At.IsZero() || s.Now.IsZero() {
		return 0, false
	}
	old := s.Now.Sub(r.At)
	return old, old > staleAfter
}

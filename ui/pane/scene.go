// Package pane has the panes of the main screen: who has the GPUs (gpus.go), the instances (instances.go), the lower
// half about the selection (living.go), all details of it (detail.go), the messages (messages.go), and the line at the
// top (header.go).
//
// Panes are values with the same methods, as far as they need them: Sized sets the size, WithScene updates the data,
// Moved moves the selection or scrolls, View draws. All panes draw from a Scene. They don't know the App: package ui
// decides which pane has the focus and which instances an order is for. Begin reading with Scene.
package pane

import (
	"time"

	"berth/model"
	"berth/ui/theme"
)

// A Scene is what every pane draws from: the fleet, the current time and the theme.
type Scene struct {
	Theme theme.Theme
	Fleet model.Fleet
	Now   time.Time
	Me    string // user name; this user is shown as "you"
	index map[model.GPUID]int
}

// Indexed builds the map from GPU ids to the driver's indexes.
func (s Scene) Indexed() Scene {
	s.index = make(map[model.GPUID]int, len(s.Fleet.Devices))
	for _, d := range s.Fleet.Devices {
		s.index[d.ID] = d.Index
	}
	return s
}

// Owner returns the name to show for a user: "you" for the user who looks at the screen.
func (s Scene) Owner(name string) string {
	if name == s.Me && name != "" {
		return "you"
	}
	return theme.Text(name)
}

// indexes returns the driver's numbers of GPUs. GPUs that are gone are left out.
func (s Scene) indexes(ids []model.GPUID) []int {
	var out []int
	for _, id := range ids {
		if i, ok := s.index[id]; ok {
			out = append(out, i)
		}
	}
	return out
}

// staleAfter is the age from which a reading counts as old. Readings come each second; a driver that misses one or two
// of them is no reason for a warning.
const staleAfter = 5 * time.Second

// stale reports whether what was read at a moment is old, and how old.
func (s Scene) stale(at time.Time) (time.Duration, bool) {
	if at.IsZero() || s.Now.IsZero() {
		return 0, false
	}
	old := s.Now.Sub(at)
	return old, old > staleAfter
}

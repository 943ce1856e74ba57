package ui

import (
	"time"

	"berth/model"
	"berth/ui/theme"
)

// A scene is what every pane draws from: what is known, the moment it is looked at, and the styles.
type scene struct {
	theme theme.Theme
	fleet model.Fleet
	now   time.Time
	me    string // user name; its instances are shown as "you"
	index map[model.GPUID]int
}

// indexed fills in the GPUs' indexes.
func (s scene) indexed() scene {
	s.index = make(map[model.GPUID]int, len(s.fleet.Devices))
	for _, d := range s.fleet.Devices {
		s.index[d.ID] = d.Index
	}
	return s
}

// owner is a user's name as the reader knows it.
func (s scene) owner(name string) string {
	if name == s.me && name != "" {
		return "you"
	}
	return theme.Text(name)
}

// indexes are the driver's numbers of GPUs; one that is gone is left out.
func (s scene) indexes(ids []model.GPUID) []int {
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
func (s scene) stale(r model.Reading) (time.Duration, bool) {
	if r.At.IsZero() || s.now.IsZero() {
		return 0, false
	}
	old := s.now.Sub(r.At)
	return old, old > staleAfter
}

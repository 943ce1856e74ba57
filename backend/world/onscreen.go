package world

import (
	"sync/atomic"

	"berth/model"
)

// A sight is which instances somebody sees. Before anybody has said, it has all of them. It may be used by several
// goroutines at once.
type sight struct {
	said atomic.Pointer[map[model.InstanceID]bool]
}

func (s *sight) set(ids []model.InstanceID) {
	seen := make(map[model.InstanceID]bool, len(ids))
	for _, id := range ids {
		seen[id] = true
	}
	s.said.Store(&seen)
}

func (s *sight) has(id model.InstanceID) bool {
	said := s.said.Load()
	return said == nil || (*said)[id]
}

// Sight says which instances are seen by whoever watches. They are measured each second, the others ten seconds apart.
// Before it is said, all are measured each second.
func (o *Observer) Sight(ids []model.InstanceID) { o.sight.set(ids) }

// inSight returns what is seen now: nothing while nobody watches, so that a keeper without a screen keeps no files open.
func inSight(o *Observer) *sight {
	if o.fleets.Watched() {
		return &o.sight
	}
	nothing := new(sight)
	nothing.set(nil)
	return nothing
}

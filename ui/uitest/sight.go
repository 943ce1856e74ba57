package uitest

import (
	"sync"

	"berth/model"
)

// A sightRecorder has what a screen says that it shows.
type sightRecorder struct {
	mu   sync.Mutex
	seen []model.InstanceID
}

// Sight notes what the screen shows.
func (e *sightRecorder) Sight(ids []model.InstanceID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = ids
}

// InSight is what the screen last said that it shows.
func (e *sightRecorder) InSight() []model.InstanceID {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seen
}

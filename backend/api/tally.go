package api

import (
	"sync"

	"berth/model"
)

// A tally bounds what is under way of one kind, of one instance and in all.
type tally struct {
	mu sync.Mutex
	of map[model.InstanceID]int
	n  int
}

// The bounds of a tally.
const (
	mostUnderWay = 8 // of all instances
	mostOfOneID  = 2 // of one instance
)

// enter counts one in, if there is room.
func (t *tally) enter(id model.InstanceID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n >= mostUnderWay || t.of[id] >= mostOfOneID {
		return false
	}
	if t.of == nil {
		t.of = map[model.InstanceID]int{}
	}
	t.n++
	t.of[id]++
	return true
}

func (t *tally) leave(id model.InstanceID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n--
	if t.of[id]--; t.of[id] == 0 {
		delete(t.of, id)
	}
}

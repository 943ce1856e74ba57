package api

import (
	"sync"

	"berth/model"
)

// A share is the key that limits are counted by: who asks, and about which instance. So an instance's own requests
// don't use up the limit of its owner, who asks about it too, or of another instance.
type share struct {
	who caller
	of  model.InstanceID
}

// A workLimiter limits concurrent work of one kind, for each share and in all. A caller with nothing under way is
// always admitted, so that callers with slow work can't keep others out. At most mostUnderWay plus one for each caller
// are therefore under way.
type workLimiter struct {
	mu sync.Mutex
	of map[share]int
	by map[caller]int
	n  int
}

// The limits of a workLimiter.
const (
	mostUnderWay = 8 // in all, for callers that have some under way
	mostOfShare  = 2 // for one share
)

// enter counts one more in, and reports false if there is no room.
func (t *workLimiter) enter(s share) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of[s] >= mostOfShare || t.n >= mostUnderWay && t.by[s.who] > 0 {
		return false
	}
	if t.of == nil {
		t.of, t.by = map[share]int{}, map[caller]int{}
	}
	t.n++
	t.of[s]++
	t.by[s.who]++
	return true
}

func (t *workLimiter) leave(s share) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n--
	if t.of[s]--; t.of[s] == 0 {
		delete(t.of, s)
	}
	if t.by[s.who]--; t.by[s.who] == 0 {
		delete(t.by, s.who)
	}
}

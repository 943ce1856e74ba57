package api

import (
	"sync"

	"berth/model"
)

// A share is what bounds are counted by: who asks for it, and of which instance. So what an instance asks for takes
// nothing from its owner, who asks of it too, or from another instance.
type share struct {
	who caller
	of  model.InstanceID
}

// A tally bounds what is under way of one kind, of one share and in all. Whoever has nothing under way always gets
// in: those who have can't keep others out, however slow what they asked for is. So at most mostUnderWay and one for
// each caller are under way.
type tally struct {
	mu sync.Mutex
	of map[share]int
	by map[caller]int
	n  int
}

// The bounds of a tally.
const (
	mostUnderWay = 8 // of all, for those who have some
	mostOfShare  = 2 // of one share
)

// enter counts one in, if there is room.
func (t *tally) enter(s share) bool {
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

func (t *tally) leave(s share) {
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

package faults

import (
	"sync"
	"time"

	"berth/model"
)

// crowd has 16 to 32 processes order at once, on the same instances and on others. Whatever came last counts, and
// nobody has what another has.
func crowd(w *town) {
	w.loosen()
	n := 16 + w.chance.IntN(17)
	var all sync.WaitGroup
	for range n {
		var may []order
		for id, m := range w.crew {
			if id == w.bystander {
				continue
			}
			for _, verb := range []string{"start", "stop", "reboot", "recycle"} {
				may = append(may, w.act(verb, m))
			}
			if w.chance.IntN(4) == 0 {
				may = append(may, w.act("destroy", m))
			}
		}
		may = append(may, w.launch())
		o := may[w.chance.IntN(len(may))]
		w.what += o.String() + ", "
		c := w.command(o.args...)
		all.Go(func() { _, _ = finish(c) }) // one is refused where another came first
	}
	all.Wait()
	rows, err := w.rows(w.t.Context())
	w.check(err)
	for id, m := range w.crew {
		r, there := rows[id]
		switch {
		case id == w.bystander:
		case !there || r.intent == string(model.WantDestroyed):
			m.wants = []model.Phase{gone}
		case r.intent == string(model.WantStopped):
			m.wants = []model.Phase{model.PhaseStopped}
		default:
			m.wants = []model.Phase{model.PhaseRunning}
		}
	}
	w.crew[w.bystander].same = true
	w.thin()
	w.settle(2 * time.Minute)
}

// thin destroys what is too much for the GPUs there are, once it is there: who waits for GPUs gets them by and by.
func (w *town) thin() {
	rows, err := w.rows(w.t.Context())
	w.check(err)
	w.adopt(&sight{rows: rows})
	for id, m := range w.crew {
		if len(w.crew) <= mostCrew {
			return
		}
		if id != w.bystander {
			w.expect(w.give(w.act("destroy", m)))
		}
	}
}

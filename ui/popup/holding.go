package popup

import (
	"cmp"
	"slices"
	"time"

	"berth/model"
)

// A holding is what one owner had of the GPUs in a span of time.
type holding struct {
	owner     string
	held      time.Duration // summed over GPUs: two for an hour are two hours
	now       int           // GPUs held at the span's end
	instances []instanceHolding
}

// An instanceHolding is one instance's part of it.
type instanceHolding struct {
	id    model.InstanceID
	label string // the latest
	model string // of its GPUs
	held  time.Duration
	now   int
	last  time.Time // when it last held one
}

// holdings sums tenures by owner and by instance within a span, the one who had most first.
func holdings(tenures []model.Tenure, since, until time.Time) []holding {
	owners := map[string]*holding{}
	for _, t := range tenures {
		held, last := heldWithin(t, since, until)
		if held <= 0 {
			continue
		}
		o := owners[t.Owner]
		if o == nil {
			o = &holding{owner: t.Owner}
			owners[t.Owner] = o
		}
		o.add(t, held, last)
	}
	var out []holding
	for _, o := range owners {
		slices.SortFunc(o.instances, func(a, b instanceHolding) int {
			return cmp.Or(cmp.Compare(b.held, a.held), cmp.Compare(a.id, b.id))
		})
		out = append(out, *o)
	}
	slices.SortFunc(out, func(a, b holding) int {
		return cmp.Or(cmp.Compare(b.held, a.held), cmp.Compare(a.owner, b.owner))
	})
	return out
}

// heldWithin is how much of a tenure lies in a span, and when that ended.
func heldWithin(t model.Tenure, since, until time.Time) (held time.Duration, last time.Time) {
	from, to := t.From, t.To
	if to.IsZero() || to.After(until) {
		to = until
	}
	if from.Before(since) {
		from = since
	}
	return to.Sub(from), to
}

func (h *holding) add(t model.Tenure, held time.Duration, last time.Time) {
	at := slices.IndexFunc(h.instances, func(i instanceHolding) bool { return i.id == t.Instance })
	if at < 0 {
		at = len(h.instances)
		h.instances = append(h.instances, instanceHolding{id: t.Instance})
	}
	i := &h.instances[at]
	h.held, i.held = h.held+held, i.held+held
	if t.To.IsZero() {
		h.now, i.now = h.now+1, i.now+1
	}
	if !last.Before(i.last) {
		i.last, i.label, i.model = last, t.Label, t.Model
	}
}

// earliest is when the first tenure began.
func earliest(tenures []model.Tenure) time.Time {
	var first time.Time
	for _, t := range tenures {
		if first.IsZero() || t.From.Before(first) {
			first = t.From
		}
	}
	return first
}

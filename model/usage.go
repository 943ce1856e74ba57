package model

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// GPUTime is how long GPUs were held, each counted by itself: an hour of two GPUs is two hours.
type GPUTime time.Duration

// Hours is the figure people add up.
func (t GPUTime) Hours() float64 { return time.Duration(t).Hours() }

// MarshalJSON writes whole seconds.
func (t GPUTime) MarshalJSON() ([]byte, error) {
	return strconv.AppendInt(nil, int64(time.Duration(t).Round(time.Second)/time.Second), 10), nil
}

// An OwnerUse is what one owner's instances held of the GPUs in a span.
type OwnerUse struct {
	Owner     string        `json:"owner"`
	Held      GPUTime       `json:"gpu_seconds"`
	Now       int           `json:"gpus_now"` // GPUs still held when the span ended
	Instances []InstanceUse `json:"instances"`
}

// An InstanceUse is what one instance held of the GPUs in a span.
type InstanceUse struct {
	Instance InstanceID `json:"id"`
	Label    string     `json:"label"` // as it was last
	Model    string     `json:"gpu_name"`
	Held     GPUTime    `json:"gpu_seconds"`
	Now      int        `json:"gpus_now"`
	From     time.Time  `json:"from"` // when it first held one within the span
	To       time.Time  `json:"to"`   // when it last did; the span's end while it still does
}

// Usage adds tenures up by owner and instance, counting what lies between since and until: whoever held most
// comes first. A zero since counts everything before until.
func Usage(tenures []Tenure, since, until time.Time) []OwnerUse {
	owners := map[string]*OwnerUse{}
	for _, t := range tenures {
		from, to := t.within(since, until)
		if !from.Before(to) {
			continue
		}
		if owners[t.Owner] == nil {
			owners[t.Owner] = &OwnerUse{Owner: t.Owner}
		}
		owners[t.Owner].add(t, from, to, t.goesOnAt(until))
	}
	var all []OwnerUse
	for _, o := range owners {
		slices.SortFunc(o.Instances, func(a, b InstanceUse) int {
			return cmp.Or(cmp.Compare(b.Held, a.Held), cmp.Compare(a.Instance, b.Instance))
		})
		all = append(all, *o)
	}
	slices.SortFunc(all, func(a, b OwnerUse) int {
		return cmp.Or(cmp.Compare(b.Held, a.Held), cmp.Compare(a.Owner, b.Owner))
	})
	return all
}

// within is the part of a tenure that lies in a span.
func (t Tenure) within(since, until time.Time) (from, to time.Time) {
	from, to = t.From, t.To
	if from.Before(since) {
		from = since
	}
	if to.IsZero() || to.After(until) {
		to = until
	}
	return from, to
}

func (t Tenure) goesOnAt(moment time.Time) bool {
	return t.From.Before(moment) && (t.To.IsZero() || t.To.After(moment))
}

func (o *OwnerUse) add(t Tenure, from, to time.Time, goesOn bool) {
	at := slices.IndexFunc(o.Instances, func(i InstanceUse) bool { return i.Instance == t.Instance })
	if at < 0 {
		at = len(o.Instances)
		o.Instances = append(o.Instances, InstanceUse{Instance: t.Instance, From: from, To: to})
	}
	i := &o.Instances[at]
	held := GPUTime(to.Sub(from))
	o.Held, i.Held = o.Held+held, i.Held+held
	if goesOn {
		o.Now, i.Now = o.Now+1, i.Now+1
	}
	if from.Before(i.From) {
		i.From = from
	}
	if !to.Before(i.To) {
		i.To, i.Label, i.Model = to, t.Label, t.Model
	}
}

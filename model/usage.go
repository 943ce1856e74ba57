package model

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// GPUTime is how long GPUs were held, summed over GPUs: two GPUs held for an hour are two hours.
type GPUTime time.Duration

// Hours returns the time in hours.
func (t GPUTime) Hours() float64 { return time.Duration(t).Hours() }

// Of returns the time in percent of a whole, or 0 if there is no whole.
func (t GPUTime) Of(whole GPUTime) float64 {
	if whole <= 0 {
		return 0
	}
	return 100 * t.Hours() / whole.Hours()
}

// String formats the time in hours: 38.0.
func (t GPUTime) String() string { return strconv.FormatFloat(t.Hours(), 'f', 1, 64) }

// PartOf formats the time in percent of a whole: 20%.
func (t GPUTime) PartOf(whole GPUTime) string { return fmt.Sprintf("%.0f%%", t.Of(whole)) }

// MarshalJSON writes whole seconds.
func (t GPUTime) MarshalJSON() ([]byte, error) {
	return strconv.AppendInt(nil, int64(time.Duration(t).Round(time.Second)/time.Second), 10), nil
}

// An OwnerUse is the GPU time of one owner's instances in a period.
type OwnerUse struct {
	Owner     string        `json:"owner"`
	Held      GPUTime       `json:"gpu_seconds"`
	Idle      GPUTime       `json:"idle_seconds"` // of Held: those in which the GPU computed nothing, see LeastRest
	Now       int           `json:"gpus_now"`     // GPUs still held at the end of the period
	Instances []InstanceUse `json:"instances"`
}

// An InstanceUse is the GPU time of one instance in a period.
type InstanceUse struct {
	Instance InstanceID `json:"id"`
	Label    string     `json:"label"` // the last label
	Model    string     `json:"gpu_name"`
	Held     GPUTime    `json:"gpu_seconds"`
	Idle     GPUTime    `json:"idle_seconds"`
	Now      int        `json:"gpus_now"`
	From     time.Time  `json:"from"` // when it first held a GPU within the period
	To       time.Time  `json:"to"`   // when it last held one; the period's end if it still does
}

// Usage sums the GPU time between since and until, by owner and instance. The owner with the most time comes first. A
// zero since includes everything before until.
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

// CountedSince returns from when GPU time is known in a period from since to until: from the ledger's first record, or
// the first tenure, if that is later. Nothing is known of the time before, and nothing at all without a record.
func CountedSince(tenures []Tenure, first, since, until time.Time) time.Time {
	if first.IsZero() {
		first = until
	}
	for _, t := range tenures {
		if t.From.Before(first) {
			first = t.From
		}
	}
	return later(first, since)
}

// within returns the part of a tenure that lies in a period.
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

// idle is how long the GPU computed nothing between two moments of the tenure.
func (t Tenure) idle(from, to time.Time) (sum GPUTime) {
	for _, s := range t.Rests {
		sum += GPUTime(max(earlier(s.To, to).Sub(later(s.From, from)), 0))
	}
	return sum
}

// A UseOf is the GPU time of one GPU, or of one day, in a period.
type UseOf struct {
	Of     string  `json:"of"` // a GPU's UUID, or a date
	Held   GPUTime `json:"gpu_seconds"`
	Idle   GPUTime `json:"idle_seconds"`
	Within GPUTime `json:"-"` // what one GPU could be held: the whole period, or the part of it that is on that day
}

// UsageOfGPUs sums the GPU time between since and until by GPU, the GPU with the most time first. GPUs that were held
// for the same seconds come in the order of the devices, and those that are no longer among them last.
func UsageOfGPUs(tenures []Tenure, devices []Device, since, until time.Time) []UseOf {
	uses := map[string]UseOf{}
	for _, t := range tenures {
		count(uses, string(t.GPU), t, since, until)
	}
	var all []UseOf
	for _, u := range uses {
		u.Within = GPUTime(until.Sub(since))
		all = append(all, u)
	}
	seconds := func(u UseOf) time.Duration { return time.Duration(u.Held).Truncate(time.Second) }
	place := func(u UseOf) int {
		at := slices.IndexFunc(devices, func(d Device) bool { return string(d.ID) == u.Of })
		return cmp.Or(at+1, len(devices)+1)
	}
	slices.SortFunc(all, func(a, b UseOf) int {
		return cmp.Or(cmp.Compare(seconds(b), seconds(a)), cmp.Compare(place(a), place(b)), cmp.Compare(a.Of, b.Of))
	})
	return all
}

// UsageOfDays sums the GPU time between since and until by day, as until's time zone has days. Every day since the first
// on which somebody held a GPU is in it, the earliest first.
func UsageOfDays(tenures []Tenure, since, until time.Time) []UseOf {
	uses := map[string]UseOf{}
	first := until
	for _, t := range tenures {
		from, to := t.within(since, until)
		if from.Before(to) {
			first = earlier(first, from)
		}
		for from.Before(to) {
			begin, end := dayOf(from, until.Location())
			count(uses, begin.Format(time.DateOnly), t, from, earlier(end, to))
			from = end
		}
	}
	var days []UseOf
	for begin, end := dayOf(first, until.Location()); begin.Before(until) && len(uses) > 0; begin, end = dayOf(end, until.Location()) {
		u := uses[begin.Format(time.DateOnly)]
		u.Of = begin.Format(time.DateOnly)
		u.Within = GPUTime(earlier(end, until).Sub(later(begin, since)))
		days = append(days, u)
	}
	return days
}

// dayOf returns when the day of a moment begins and ends.
func dayOf(t time.Time, zone *time.Location) (begin, end time.Time) {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone), time.Date(y, m, d+1, 0, 0, 0, 0, zone)
}

// count adds what lies of a tenure in a period to the use of that name.
func count(uses map[string]UseOf, of string, t Tenure, since, until time.Time) {
	from, to := t.within(since, until)
	if !from.Before(to) {
		return
	}
	u := uses[of]
	uses[of] = UseOf{Of: of, Held: u.Held + GPUTime(to.Sub(from)), Idle: u.Idle + t.idle(from, to)}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
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
	held, idle := GPUTime(to.Sub(from)), t.idle(from, to)
	o.Held, i.Held = o.Held+held, i.Held+held
	o.Idle, i.Idle = o.Idle+idle, i.Idle+idle
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

package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Waiter is an instance that should run and waits for GPUs.
type Waiter struct {
	ID    InstanceID
	Owner string
	Label string
	Turn  int64 // a lower turn asked earlier
	GPUs  int
	Model string    // of the GPUs it waits for; empty: any one model
	Picks []GPUID   // the GPUs it waits for; nil: any of its model
	Since time.Time // when it asked
	Time  TimeLimit // of its run, which begins when it is given GPUs
}

// Waiter returns the instance as a waiter, and whether it waits for GPUs.
func (i Instance) Waiter() (Waiter, bool) {
	w := Waiter{ID: i.ID, Owner: i.Owner, Label: i.Label, Turn: i.Turn, GPUs: i.GPUCount(), Model: i.Plan.GPUModel, Since: i.AskedAt, Time: i.Plan.Time}
	if len(i.Plan.GPUs) == 0 { // it has never had GPUs, so the picked ones count
		w.Picks = i.Order.PickGPUs
	}
	return w, i.Phase == PhaseScheduling && i.Intent == WantRunning && w.GPUs > 0 && len(i.GPUs) == 0
}

// lessee is who a waiter is where it is given GPUs now.
func (w Waiter) lessee(now time.Time) Lessee { return Lessee{w.Owner, w.Time.Begin(now, Times{}).Ends} }

// String names a waiter as lists do: C.1012 llama (maria).
func (w Waiter) String() string {
	return Holder{Kind: HeldByInstance, ID: w.ID.String(), Name: w.Label, Owner: w.Owner}.String()
}

// wants reports whether the waiter could be given this GPU. pools has the number of GPUs of each model.
func (w Waiter) wants(d Device, pools map[string]int) bool {
	switch {
	case len(w.Picks) > 0:
		return slices.Contains(w.Picks, d.ID)
	case w.Model != "":
		return d.Model == w.Model
	}
	return pools[d.Model] >= w.GPUs
}

// rivals reports whether two waiters wait for GPUs of the same model. Then the one that asked first is served first.
func (w Waiter) rivals(v Waiter) bool { return w.Model == v.Model || w.Model == "" || v.Model == "" }

// A Line is the instances that wait for GPUs, in the order of asking. Among the waiters for one GPU model nobody gets
// GPUs that an earlier one needs. The first one gets GPUs as soon as enough of them are free, and until then GPUs that
// become free are kept for it. So small orders can't starve a large one.
type Line []Waiter

// LineOf returns the line of the waiting instances.
func LineOf(instances []Instance) Line {
	var l Line
	for n := range instances {
		if instances[n].Phase != PhaseScheduling { // checked before Waiter, which would copy the large Instance
			continue
		}
		if w, waits := instances[n].Waiter(); waits {
			l = append(l, w)
		}
	}
	return l.sorted()
}

func (l Line) sorted() Line {
	slices.SortStableFunc(l, func(a, b Waiter) int { return cmp.Compare(a.Turn, b.Turn) })
	return l
}

// Before returns the waiters that asked before a turn.
func (l Line) Before(turn int64) Line {
	return slices.DeleteFunc(slices.Clone(l), func(w Waiter) bool { return w.Turn >= turn })
}

// Keep returns the devices as an instance outside the line sees them: GPUs that are kept for a waiter are held. For a
// waiter that can be served now, its choice is kept. For another waiter, all free GPUs that it could be given are kept:
// none that somebody else has reserved.
func (l Line) Keep(devices []Device, rs Reservations, now time.Time) []Device {
	if len(l) == 0 {
		return devices
	}
	devices = slices.Clone(devices)
	for _, w := range l {
		open := rs.Keep(devices, w.lessee(now), now)
		units := allocatable(open)
		pools := poolsOf(units)
		kept := freeFor(w, units, pools)
		if len(kept) == 0 {
			continue
		}
		if got, err := w.Choose(open, nil); err == nil {
			kept = got.GPUs
		}
		for n, d := range devices {
			if slices.Contains(kept, d.ID) {
				devices[n].Holder = Holder{Kind: HeldForWaiter, ID: w.ID.String(), Name: w.Label, Owner: w.Owner, Since: w.Since}
			}
		}
	}
	return devices
}

// Choose chooses a waiter's GPUs among devices: the picked ones, or the best of its model.
func (w Waiter) Choose(devices []Device, before []GPUID) (Allocation, error) {
	if len(w.Picks) > 0 {
		got, faults := allocatePicked(allocatable(devices), Order{PickGPUs: w.Picks})
		return got, faults.Err()
	}
	return Allocate(devices, w.GPUs, w.Model, before)
}

func poolsOf(units []Device) map[string]int {
	pools := map[string]int{}
	for _, u := range units {
		pools[u.Model]++
	}
	return pools
}

func freeFor(w Waiter, units []Device, pools map[string]int) []GPUID {
	var ids []GPUID
	for _, u := range units {
		if w.wants(u, pools) && u.Free() {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// An InLine is an instance's place in the line for a GPU model.
type InLine struct {
	Number int // 1 is next; 0 means not in the line
	Of     int
	Ahead  []Waiter `json:"-"` // the waiters that are served before
}

// PlaceOf returns a waiter's place. For an order that isn't in the line yet, pass a waiter with a turn after all
// others.
func (l Line) PlaceOf(w Waiter) InLine {
	p := InLine{Number: 1, Of: 1}
	for _, v := range l {
		if v.ID == w.ID || !w.rivals(v) {
			continue
		}
		p.Of++
		if v.Turn < w.Turn {
			p.Number++
			p.Ahead = append(p.Ahead, v)
		}
	}
	return p
}

// String formats a place: 2 of 5.
func (p InLine) String() string { return fmt.Sprintf("%d of %d", p.Number, p.Of) }

// Words describes a place: number 2 of 5 in line for H100 80GB, after C.1012 (maria), who wants 4.
func (p InLine) Words(gpuModel string) string {
	what := "GPUs"
	if gpuModel != "" {
		what = GPU{Model: gpuModel}.ShortModel()
	}
	if p.Number == 1 {
		return "next in line for " + what + ": what becomes free is kept for it"
	}
	const most = 3
	var ahead []string
	for _, w := range p.Ahead[:min(len(p.Ahead), most)] {
		ahead = append(ahead, fmt.Sprintf("%s, who wants %d", w, w.GPUs))
	}
	if more := len(p.Ahead) - most; more > 0 {
		ahead = append(ahead, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("number %s in line for %s, after %s", p, what, strings.Join(ahead, "; "))
}

// WaitsForGPUs is the message of an instance that waits for GPUs and for nothing else.
const WaitsForGPUs = "waits for GPUs, in order of asking"

// WaitingWords describes what a waiter waits for: its place, and who holds the GPUs, since when, and for how long they
// have been idle.
func (l Line) WaitingWords(w Waiter, devices []Device, rs Reservations, now time.Time) string {
	place := l.PlaceOf(w)
	open := rs.Keep(l.Before(w.Turn).Keep(rs.lift(devices), rs, now), w.lessee(now), now)
	return place.Words(w.Model) + "; " + shortageFor(w, open, now)
}

// shortageFor says which of the GPUs that the waiter could be given aren't free, and why.
func shortageFor(w Waiter, devices []Device, now time.Time) string {
	units := allocatable(devices)
	if len(w.Picks) > 0 {
		units = slices.DeleteFunc(units, func(u Device) bool { return !slices.Contains(w.Picks, u.ID) })
	}
	return shortage(units, w.GPUs, w.Model, now)
}

// Waits reports whether an order would have to wait for GPUs, and describes its place. It returns false if the order
// fits now, if it has other faults, or if it can never fit.
func (o Order) Waits(c Capacity) (words string, waits bool) {
	o.Queue = true
	o = o.WithDefaults()
	plan, faults := Propose(o, c)
	if len(faults) > 0 || o.GPUs == 0 || len(plan.GPUs) > 0 {
		return "", false
	}
	const last = int64(1) << 62
	place := c.Line.PlaceOf(Waiter{Turn: last, GPUs: o.GPUs, Model: plan.GPUModel})
	return place.Words(plan.GPUModel), true
}

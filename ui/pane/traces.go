package pane

import (
	"math"
	"slices"
	"time"

	"berth/model"
	"berth/ui/theme"
)

// Traces are the last ten minutes of each GPU and each instance. The maps are replaced, never changed.
type Traces struct {
	gpus      map[model.GPUID]trace
	instances map[model.InstanceID]trace
}

// A quantity is one of the figures of a trace, in percent.
type quantity int

// The quantities. Those of CPU and RAM exist only for instances, in percent of what was promised.
const (
	utilization quantity = iota
	gpuMemory
	processors
	memoryUsed
	quantities
)

// A trace is the history of a GPU or an instance: for each slot of six seconds, the mean of the readings in it. Slots
// are counted from 1970, so that all traces advance at the same moment. Slots are long because each advance redraws a
// whole line of cells.
type trace struct {
	past  []moment // finished slots, newest last; the slice is replaced, never changed
	slot  int64    // number of the current slot
	sum   [quantities]float64
	n     [quantities]float64 // number of readings in sum
	whose whose
}

// A moment is one slot of a trace. An unknown mean is NaN.
type moment struct {
	mean  [quantities]float32
	whose whose
}

const (
	slotSeconds = 6
	traceSlots  = 100 // ten minutes; a cell shows two slots
	traceCells  = traceSlots / 2
	longAgo     = 10 // in slots; no reading is that late
)

// TracesOf returns the traces of earlier fleets, oldest first, for the user me.
func TracesOf(past []model.Fleet, me string) Traces {
	var t Traces
	s := Scene{Me: me}
	for _, f := range past {
		old := s.Fleet
		s.Fleet = f
		t = t.WithFleet(old, s)
	}
	return t
}

// WithFleet adds a fleet's readings. A reading that the old fleet had already isn't added again.
func (t Traces) WithFleet(old model.Fleet, s Scene) Traces {
	before := make(map[model.GPUID]model.Device, len(old.Devices))
	for _, d := range old.Devices {
		before[d.ID] = d
	}
	next := Traces{make(map[model.GPUID]trace, len(s.Fleet.Devices)), make(map[model.InstanceID]trace, len(s.Fleet.Instances))}
	for _, d := range s.Fleet.Devices {
		next.gpus[d.ID] = t.gpus[d.ID]
		if d.At.After(before[d.ID].At) {
			next.gpus[d.ID] = t.gpus[d.ID].with(d.At.Unix()/slotSeconds, ofGPU(d), s.whose(d.Holder))
		}
	}
	measured := make(map[model.InstanceID]time.Time, len(old.Instances))
	for n := range old.Instances {
		measured[old.Instances[n].ID] = old.Instances[n].Use.At
	}
	slot := s.Fleet.At.Unix() / slotSeconds
	for n := range s.Fleet.Instances {
		i := &s.Fleet.Instances[n]
		read := ofInstance(s.Fleet, i)
		if !i.Use.At.After(measured[i.ID]) {
			read[processors], read[memoryUsed] = math.NaN(), math.NaN()
		}
		if have, there := t.instances[i.ID]; there || read.any() {
			next.instances[i.ID] = have.with(slot, read, s.owned(i.Owner)).withoutGap(read)
		}
	}
	return next
}

// readings are the quantities at one moment. An unknown one is NaN.
type readings [quantities]float64

// any reports whether at least one is known.
func (r readings) any() bool {
	for _, v := range r {
		if !math.IsNaN(v) {
			return true
		}
	}
	return false
}

func noReadings() readings {
	var r readings
	for q := range r {
		r[q] = math.NaN()
	}
	return r
}

// ofGPU returns the readings of a GPU.
func ofGPU(d model.Device) readings {
	r := noReadings()
	if u, known := d.Utilization.Get(); known {
		r[utilization] = float64(u)
	}
	if used, known := d.MemoryUsed.Get(); known && d.Memory > 0 {
		r[gpuMemory] = 100 * float64(used) / float64(d.Memory)
	}
	return r
}

// ofInstance returns the readings of an instance: the mean over its GPUs, and its use of its share.
func ofInstance(f model.Fleet, i *model.Instance) readings {
	r := noReadings()
	var sum, n readings
	for _, id := range i.GPUs {
		d, _ := f.Device(id)
		for q, v := range ofGPU(d) {
			if !math.IsNaN(v) {
				sum[q], n[q] = sum[q]+v, n[q]+1
			}
		}
	}
	for q := range r {
		if n[q] > 0 {
			r[q] = sum[q] / n[q]
		}
	}
	if v, known := i.Use.CPU.Get(); known && i.Plan.Share.Cores > 0 {
		r[processors] = float64(v) / i.Plan.Share.Cores
	}
	if v, known := i.Use.Memory.Get(); known && i.Plan.Share.Memory > 0 {
		r[memoryUsed] = 100 * float64(v) / float64(i.Plan.Share.Memory)
	}
	return r
}

// with adds a reading to a slot.
func (t trace) with(slot int64, r readings, by whose) trace {
	switch {
	case t.slot == 0 || slot < t.slot-longAgo: // the first reading, or the clock was set back
		t = trace{slot: slot}
	case slot < t.slot: // a late reading
		return t
	case slot > t.slot:
		t = t.closed(slot)
	}
	for q, v := range r {
		if !math.IsNaN(v) {
			t.sum[q], t.n[q] = t.sum[q]+v, t.n[q]+1
		}
	}
	t.whose = by
	return t
}

// withoutGap is the trace of an instance after a reading: a slot before it in which nothing was read takes it too. What
// nobody sees is measured ten seconds apart, and a measurement is of all the time since the last.
func (t trace) withoutGap(r readings) trace {
	at := len(t.past) - 1
	for _, q := range []quantity{processors, memoryUsed} {
		if math.IsNaN(r[q]) || at < 1 || !isUnknown(t.past[at].mean[q]) || isUnknown(t.past[at-1].mean[q]) {
			continue
		}
		t.past = slices.Clone(t.past)
		t.past[at].mean[q] = float32(r[q])
	}
	return t
}

func isUnknown(mean float32) bool { return math.IsNaN(float64(mean)) }

// closed is the trace with its open slot over, and another one open. Slots between them that nothing was read in are
// unknown.
func (t trace) closed(slot int64) trace {
	missed := min(slot-t.slot-1, traceSlots)
	past := append(make([]moment, 0, traceSlots+missed+1), t.past...)
	past = append(past, t.now())
	for range missed {
		past = append(past, moment{mean: unknownMeans, whose: t.whose})
	}
	return trace{past: past[max(len(past)-traceSlots, 0):], slot: slot}
}

var unknownMeans = func() (m [quantities]float32) {
	for q := range m {
		m[q] = float32(math.NaN())
	}
	return m
}()

// now returns the current slot so far.
func (t trace) now() moment {
	m := moment{mean: unknownMeans, whose: t.whose}
	for q := range m.mean {
		if t.n[q] > 0 {
			m.mean[q] = float32(t.sum[q] / t.n[q])
		}
	}
	return m
}

// slots returns all slots, the current one last.
func (t trace) slots() []moment { return slices.Concat(t.past, []moment{t.now()}) }

// moments returns the slots for a graph, which shows two slots in each cell. It adds an empty slot where needed, so
// that two slots that share a cell always share it. Otherwise the whole line would be redrawn twice as often.
func (t trace) moments() []moment {
	all := t.slots()
	if t.slot%2 == 0 {
		all = append(all, moment{mean: unknownMeans, whose: t.whose})
	}
	return all
}

// graph draws one quantity in w × h cells, two slots a cell, each slot in the colour of its holder at that time. Zero
// is drawn dim.
func (t trace) graph(th theme.Theme, q quantity, w, h int) []string {
	moments := t.moments()
	values, style := shades(th, moments, q)
	return th.Graph(w, h, values, style)
}

// line draws one quantity in one line of w cells, one slot a cell.
func (t trace) line(th theme.Theme, q quantity, w int) string {
	moments := t.slots()
	values, style := shades(th, moments, q)
	return th.Trace(w, values, style)
}

// shades returns the values of a quantity, and a style for each.
func shades(th theme.Theme, moments []moment, q quantity) ([]float64, func(n int) theme.Style) {
	values := make([]float64, len(moments))
	for n, m := range moments {
		values[n] = float64(m.mean[q])
	}
	return values, func(n int) theme.Style {
		if values[n] == 0 || math.IsNaN(values[n]) && n > 0 && values[n-1] == 0 {
			return th.Dim
		}
		return moments[n].whose.style(th)
	}
}

// whose says to whom something belongs, as far as colours distinguish it.
type whose int8

// The owners that colours distinguish.
const (
	nobodys  whose = iota
	own            // the user who looks at the screen
	another        // another user
	outside        // no instance
	disputed       // in conflict
)

// owned returns whose an owner's instance is.
func (s Scene) owned(owner string) whose {
	if owner == s.Me {
		return own
	}
	return another
}

// whose returns whose a GPU is.
func (s Scene) whose(h model.Holder) whose {
	switch h.Kind {
	case model.HeldByInstance:
		return s.owned(h.Owner)
	case model.HeldByContainer, model.HeldByProcess, model.HeldByUnknown:
		return outside
	case model.HeldInConflict:
		return disputed
	case model.HeldByNobody, model.HeldByIllness, model.HeldForWaiter, model.HeldForReservation:
	}
	return nobodys
}

// style returns the colour for an owner.
func (w whose) style(th theme.Theme) theme.Style {
	switch w {
	case own:
		return th.Own
	case another:
		return th.Other
	case outside:
		return th.Warn
	case disputed:
		return th.Bad
	case nobodys:
	}
	return th.Dim
}

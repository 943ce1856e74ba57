package pane

import (
	"math"
	"slices"

	"berth/model"
	"berth/ui/theme"
)

// Traces are the last ten minutes of each GPU and of each instance. They are replaced, never changed.
type Traces struct {
	gpus      map[model.GPUID]trace
	instances map[model.InstanceID]trace
}

// A quantity is one of the figures that a trace has, in percent.
type quantity int

// The quantities. CPU and RAM are those of instances, in percent of what was promised.
const (
	utilization quantity = iota
	gpuMemory
	processors
	memoryUsed
	quantities
)

// A trace is what a GPU or an instance did: for each slot of six seconds the mean of what was read in it. Slots are
// counted from 1970, so that all traces move on at the same moment, and seldom: each moves a whole line of cells.
type trace struct {
	past  []moment // slots that are over, the newest last; replaced, never changed
	slot  int64    // the number of the slot that is being filled
	sum   [quantities]float64
	n     [quantities]float64 // readings in sum
	whose whose
}

// A moment is one slot of a trace. What was unknown isn't a number.
type moment struct {
	mean  [quantities]float32
	whose whose
}

const (
	slotSeconds = 6
	traceSlots  = 100 // ten minutes; two slots stand in a cell
	traceCells  = traceSlots / 2
	longAgo     = 10 // slots: no reading comes that late
)

// Remembered are the traces of fleets that were before, the oldest first, to a reader.
func Remembered(past []model.Fleet, me string) Traces {
	var t Traces
	s := Scene{Me: me}
	for _, f := range past {
		old := s.Fleet
		s.Fleet = f
		t = t.WithFleet(old, s)
	}
	return t
}

// WithFleet adds a fleet's readings; a reading that was there before is not added twice.
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
	slot := s.Fleet.At.Unix() / slotSeconds
	for n := range s.Fleet.Instances {
		i := &s.Fleet.Instances[n]
		read := ofInstance(s.Fleet, i)
		if have, there := t.instances[i.ID]; there || read.any() {
			next.instances[i.ID] = have.with(slot, read, s.owned(i.Owner))
		}
	}
	return next
}

// readings are the quantities read at one moment. What is unknown isn't a number.
type readings [quantities]float64

// any reports whether something is known.
func (r readings) any() bool {
	for _, v := range r {
		if !math.IsNaN(v) {
			return true
		}
	}
	return false
}

func unread() readings {
	var r readings
	for q := range r {
		r[q] = math.NaN()
	}
	return r
}

// ofGPU is what was read of a GPU.
func ofGPU(d model.Device) readings {
	r := unread()
	if u, known := d.Utilization.Get(); known {
		r[utilization] = float64(u)
	}
	if used, known := d.MemoryUsed.Get(); known && d.Memory > 0 {
		r[gpuMemory] = 100 * float64(used) / float64(d.Memory)
	}
	return r
}

// ofInstance is what was read of an instance: the mean of its GPUs, and what it takes of its share.
func ofInstance(f model.Fleet, i *model.Instance) readings {
	r := unread()
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

// with is the trace with one reading more, in a slot.
func (t trace) with(slot int64, r readings, by whose) trace {
	switch {
	case t.slot == 0 || slot < t.slot-longAgo: // the first one, or the clock was set back
		t = trace{slot: slot}
	case slot < t.slot: // a reading that comes late
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

// now is the open slot as far as it has come.
func (t trace) now() moment {
	m := moment{mean: unknownMeans, whose: t.whose}
	for q := range m.mean {
		if t.n[q] > 0 {
			m.mean[q] = float32(t.sum[q] / t.n[q])
		}
	}
	return m
}

// slots are all slots, the open one last.
func (t trace) slots() []moment { return slices.Concat(t.past, []moment{t.now()}) }

// moments are the slots for a graph, which has two in a cell. Their number is such that two that share a cell go on
// sharing it: else the whole line would have to be written anew twice as often.
func (t trace) moments() []moment {
	all := t.slots()
	if t.slot%2 == 0 {
		all = append(all, moment{mean: unknownMeans, whose: t.whose})
	}
	return all
}

// graph is one quantity in w × h cells, two slots a cell, each in the colour of whose it was; at rest a dim trough.
func (t trace) graph(th theme.Theme, q quantity, w, h int) []string {
	moments := t.moments()
	values, style := shades(th, moments, q)
	return th.Graph(w, h, values, style)
}

// line is the same in one line of w cells, a slot a cell.
func (t trace) line(th theme.Theme, q quantity, w int) string {
	moments := t.slots()
	values, style := shades(th, moments, q)
	return th.Trace(w, values, style)
}

// shades are the values of a quantity, and the style of each.
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

// whose says to whom something belongs, as far as colours tell it.
type whose int8

// To whom something can belong.
const (
	nobodys  whose = iota
	own            // the reader's
	another        // somebody else's
	outside        // no instance's
	disputed       // in conflict
)

// owned is whose an instance of an owner is.
func (s Scene) owned(owner string) whose {
	if owner == s.Me {
		return own
	}
	return another
}

// whose is whose a GPU is.
func (s Scene) whose(h model.Holder) whose {
	switch h.Kind {
	case model.HeldByInstance:
		return s.owned(h.Owner)
	case model.HeldByContainer, model.HeldByProcess, model.HeldByUnknown:
		return outside
	case model.HeldInConflict:
		return disputed
	case model.HeldByNobody, model.HeldByIllness:
	}
	return nobodys
}

// style is the colour of what belongs to somebody.
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

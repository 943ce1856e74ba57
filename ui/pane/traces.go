package pane

import (
	"math"

	"berth/model"
)

// Traces are the newest readings of each GPU. They are replaced, never changed.
type Traces map[model.GPUID]trace

// A trace is a GPU's newest figures, in percent and the newest last. One that was unknown isn't a number.
type trace struct{ utilization, memory []float64 }

// traceLength is how many readings a trace has: three minutes at one a second, more than a pane is wide.
const traceLength = 180

// WithFleet adds a fleet's readings; a reading that was there before is not added twice.
func (t Traces) WithFleet(old, now model.Fleet) Traces {
	before := make(map[model.GPUID]model.Device, len(old.Devices))
	for _, d := range old.Devices {
		before[d.ID] = d
	}
	next := make(Traces, len(now.Devices))
	for _, d := range now.Devices {
		next[d.ID] = t[d.ID]
		if d.At.After(before[d.ID].At) {
			next[d.ID] = t[d.ID].with(d)
		}
	}
	return next
}

// with is the trace with one reading more.
func (t trace) with(d model.Device) trace {
	utilization, memory := math.NaN(), math.NaN()
	if u, known := d.Utilization.Get(); known {
		utilization = float64(u)
	}
	if used, known := d.MemoryUsed.Get(); known && d.Memory > 0 {
		memory = 100 * float64(used) / float64(d.Memory)
	}
	return trace{longer(t.utilization, utilization), longer(t.memory, memory)}
}

// longer is a copy with one value more, and the oldest dropped where there are enough.
func longer(values []float64, value float64) []float64 {
	kept := values[max(len(values)-traceLength+1, 0):]
	return append(append(make([]float64, 0, len(kept)+1), kept...), value)
}

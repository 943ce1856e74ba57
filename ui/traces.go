package ui

import (
	"math"

	"berth/model"
)

// traces are the newest utilisation figures of each GPU, oldest first. They are replaced, never changed.
type traces map[model.GPUID][]float64

// traceLength is how many readings are kept: three minutes at one a second, more than a pane is wide.
const traceLength = 180

// seen adds a fleet's readings; a reading that was there before is not added twice.
func (t traces) seen(old, now model.Fleet) traces {
	before := make(map[model.GPUID]model.Device, len(old.Devices))
	for _, d := range old.Devices {
		before[d.ID] = d
	}
	next := make(traces, len(now.Devices))
	for _, d := range now.Devices {
		values := t[d.ID]
		if d.Reading.At.After(before[d.ID].Reading.At) {
			value := math.NaN()
			if u, known := d.Utilization.Get(); known {
				value = float64(u)
			}
			kept := values[max(len(values)-traceLength+1, 0):]
			values = append(append(make([]float64, 0, len(kept)+1), kept...), value)
		}
		next[d.ID] = values
	}
	return next
}

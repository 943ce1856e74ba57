package demo

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"berth/backend/gpu"
	"berth/model"
)

// A Reader is a simulated machine's, on which somebody who knows nothing of berth computes, and where one instance
// holds GPUs and does nothing with them.
type Reader struct {
	*gpu.Simulated

	mu      sync.Mutex
	resting map[model.GPUID]bool
	visited bool // the stranger is there
}

var _ gpu.Reader = (*Reader)(nil)

// rest says which GPUs do nothing, whoever holds them.
func (r *Reader) rest(ids []model.GPUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resting = map[model.GPUID]bool{}
	for _, id := range ids {
		r.resting[id] = true
	}
}

// SetBusy says which GPUs are at work, but for those that rest.
func (r *Reader) SetBusy(busy map[model.GPUID]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := maps.Clone(busy)
	maps.DeleteFunc(at, func(id model.GPUID, _ bool) bool { return r.resting[id] })
	r.Simulated.SetBusy(at)
}

// visit brings the stranger.
func (r *Reader) visit() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.visited = true
}

// Sample is Reader's.
func (r *Reader) Sample(ctx context.Context) gpu.Sample {
	s := r.Simulated.Sample(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.visited {
		return lively(s)
	}
	return s
}

// lively is a sample with more life in it than a training run that is always the same: the GPUs at work pause now and
// then, as for a checkpoint, and a process of the machine's own is on the last one.
func lively(s gpu.Sample) gpu.Sample {
	s.Devices = slices.Clone(s.Devices)
	for n := range s.Devices {
		d, share := &s.Devices[n], pace(s.At, n)
		if work := d.Utilization.Or(0); work > 0 {
			d.Utilization = model.Known(model.Percent(share * float64(work)))
			d.Power = model.Known(model.Watts((0.25 + 0.75*share) * float64(d.Power.Or(0))))
		}
	}
	if n := len(s.Devices); n > 1 {
		const used, part = 12 * model.GiB, 0.4 // of what a GPU at work does
		last, other := &s.Devices[n-1], s.Devices[0]
		last.Processes = []model.Process{{PID: 4242, User: "kim", Command: "python", Memory: model.Known(used)}}
		last.MemoryUsed = model.Known(used)
		last.Utilization = model.Known(model.Percent(part * float64(max(other.Utilization.Or(0), 80))))
		last.Power = model.Known(model.Watts(part * float64(other.PowerLimit.Or(0))))
	}
	return s
}

// pace is how much of its work a GPU does at a moment: less while it saves a checkpoint, and it swings.
func pace(at time.Time, index int) float64 {
	const every, pause = 96, 14 // seconds
	t := float64(at.UnixMilli())/1000 + float64(index%4)*0.7
	share := 0.8 + 0.14*math.Sin(2*math.Pi*t/210) + 0.06*math.Sin(2*math.Pi*t/37)
	if math.Mod(t, every) < pause {
		share *= 0.3
	}
	return share
}

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

// A Reader is the GPU reader of a simulated machine. A process that isn't berth's runs on it, and one instance holds
// GPUs that it doesn't use.
type Reader struct {
	*gpu.Simulated

	mu      sync.Mutex
	resting map[model.GPUID]bool
	visited bool // the other user's process runs
}

var _ gpu.Reader = (*Reader)(nil)

// rest sets the GPUs that are idle, whoever holds them.
func (r *Reader) rest(ids []model.GPUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resting = map[model.GPUID]bool{}
	for _, id := range ids {
		r.resting[id] = true
	}
}

// SetBusy sets the GPUs that are busy, except those that rest.
func (r *Reader) SetBusy(busy map[model.GPUID]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := maps.Clone(busy)
	maps.DeleteFunc(at, func(id model.GPUID, _ bool) bool { return r.resting[id] })
	r.Simulated.SetBusy(at)
}

// visit starts the other user's process.
func (r *Reader) visit() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.visited = true
}

// Sample implements gpu.Reader.
func (r *Reader) Sample(ctx context.Context) gpu.Sample {
	s := r.Simulated.Sample(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.visited {
		return varied(s)
	}
	return s
}

// varied makes a sample less uniform than that of one endless training run: busy GPUs pause at times, as for a
// checkpoint, and another user's process is on the last GPU.
func varied(s gpu.Sample) gpu.Sample {
	s.Devices = slices.Clone(s.Devices)
	for n := range s.Devices {
		d, share := &s.Devices[n], pace(s.At, n)
		if work := d.Utilization.Or(0); work > 0 {
			d.Utilization = model.Known(model.Percent(share * float64(work)))
			d.Power = model.Known(model.Watts((0.25 + 0.75*share) * float64(d.Power.Or(0))))
		}
	}
	if n := len(s.Devices); n > 1 {
		const used, part = 12 * model.GiB, 0.4 // relative to a busy GPU
		last, other := &s.Devices[n-1], s.Devices[0]
		last.Processes = []model.Process{{PID: 4242, User: "kim", Command: "python", Memory: model.Known(used)}}
		last.MemoryUsed = model.Known(used)
		last.Utilization = model.Known(model.Percent(part * float64(max(other.Utilization.Or(0), 80))))
		last.Power = model.Known(model.Watts(part * float64(other.PowerLimit.Or(0))))
	}
	return s
}

// pace returns which part of its full work a GPU does at a moment: it varies, and is lower while the GPU saves a
// checkpoint.
func pace(at time.Time, index int) float64 {
	const every, pause = 96, 14 // seconds
	t := float64(at.UnixMilli())/1000 + float64(index%4)*0.7
	share := 0.8 + 0.14*math.Sin(2*math.Pi*t/210) + 0.06*math.Sin(2*math.Pi*t/37)
	if math.Mod(t, every) < pause {
		share *= 0.3
	}
	return share
}

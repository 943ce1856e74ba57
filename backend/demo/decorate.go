package demo

import (
	"context"
	"math"
	"slices"
	"time"

	"berth/backend/gpu"
	"berth/model"
)

// Decorate returns a fleet as the demo shows it: with the past days of its instances, and with a use of processors,
// memory and disk, which the engine in memory doesn't have.
func (p *Play) Decorate(f model.Fleet) model.Fleet {
	p.mu.Lock()
	defer p.mu.Unlock()
	f.Instances, f.Devices = slices.Clone(f.Instances), slices.Clone(f.Devices)
	f.Host.DiskTotal, f.Host.DiskFree = 14*model.TB, 9*model.TB
	var cores float64
	var memory model.Bytes
	for n := range f.Instances {
		i := &f.Instances[n]
		p.age(&f, i)
		work(i, f.At, p.on[i.ID].rests)
		cores += float64(i.Use.CPU.Or(0))
		memory += i.Use.Memory.Or(0)
	}
	if f.Host.Cores > 0 {
		f.Host.CPU = model.Known(model.Percent(3 + cores/float64(f.Host.Cores)))
		f.Host.MemoryUsed = model.Known(memory + 31*model.GiB)
	}
	return f
}

// age moves the times of a demo instance into the past.
func (p *Play) age(f *model.Fleet, i *model.Instance) {
	r, on := p.on[i.ID]
	if !on {
		return
	}
	for _, t := range []*time.Time{&i.AskedAt, &i.CreatedAt, &i.StartedAt, &i.EndedAt} {
		if !t.IsZero() {
			*t = t.Add(-r.ago)
		}
	}
	if i.Phase == model.PhaseScheduling {
		i.Message = heldFor().ReplaceAllString(i.Message, ", for "+model.Age(agoOf(r.behind)))
	}
	if !r.rests || i.Phase != model.PhaseRunning {
		return
	}
	since := i.StartedAt.Add(r.ago / 3)
	i.Use.IdleSince, i.Use.IdleLonger = since, false
	for n := range f.Devices {
		if slices.Contains(i.GPUs, f.Devices[n].ID) {
			f.Devices[n].IdleSince, f.Devices[n].IdleLonger = since, false
		}
	}
}

// heldFor is how long somebody has held GPUs, in the message of an instance that waits for them.
var heldFor = model.Pattern(`, for [^,;]+`)

// agoOf returns how long ago the instance with a label was launched.
func agoOf(label string) time.Duration {
	for _, r := range roles {
		if r.order.Label == label {
			return r.ago
		}
	}
	return 0
}

// work sets what a running instance uses of the machine: little if its GPUs rest.
func work(i *model.Instance, at time.Time, rests bool) {
	if i.Phase != model.PhaseRunning {
		return
	}
	busy := 0.25 + 0.06*wave(at, i.ID, 40) + 0.03*wave(at, i.ID, 11)
	filled := 0.44 + 0.04*wave(at, i.ID, 170)
	if rests {
		busy, filled = 0.004, 0.11
	}
	i.Use.At = at
	i.Use.CPU = model.Known(model.Percent(100 * i.Plan.Share.Cores * busy))
	i.Use.Memory = model.Known(model.Bytes(float64(i.Plan.Share.Memory) * filled))
	i.Use.Disk = model.Known(i.Plan.Disk * model.Bytes(30+int(i.ID%7)*9) / 100)
}

// wave returns a value that swings between -1 and 1 with this period, in seconds. Each instance has its own phase.
func wave(at time.Time, id model.InstanceID, seconds float64) float64 {
	return math.Sin(2 * math.Pi * (float64(at.UnixMilli())/1000 + 17*float64(id)) / seconds)
}

// Past returns the fleets of the last ten minutes, the oldest first, as if somebody had watched.
func (p *Play) Past(ctx context.Context, now model.Fleet) []model.Fleet {
	const length, step = 10 * time.Minute, 6 * time.Second
	at := now.At
	before, err := gpu.Simulate(p.spec, func() time.Time { return at })
	if err != nil {
		return nil
	}
	defer before.Close()
	busy, rests := map[model.GPUID]bool{}, p.resting()
	for _, i := range now.Instances {
		for _, id := range i.GPUs {
			busy[id] = i.Phase == model.PhaseRunning && !rests[i.ID]
		}
	}
	before.SetBusy(busy)
	var past []model.Fleet
	for at = at.Add(-length); at.Before(now.At); at = at.Add(step) {
		then := now
		then.At, then.Devices, then.Instances = at, slices.Clone(now.Devices), slices.Clone(now.Instances)
		sample := varied(before.Sample(ctx))
		for n := range min(len(then.Devices), len(sample.Devices)) {
			then.Devices[n].Reading = sample.Devices[n].Reading
		}
		for n := range then.Instances {
			work(&then.Instances[n], at, rests[then.Instances[n].ID])
		}
		past = append(past, then)
	}
	return past
}

// resting returns for each instance of the demo whether its GPUs are idle.
func (p *Play) resting() map[model.InstanceID]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[model.InstanceID]bool{}
	for id, r := range p.on {
		out[id] = r.rests
	}
	return out
}

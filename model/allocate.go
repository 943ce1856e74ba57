package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Allocation is the GPUs chosen for an instance and the reasons for the choice.
type Allocation struct {
	GPUs []GPUID
	Why  []string
}

// Allocate chooses n free GPUs of one model. It prefers, in this order: most NVLinks between them, fewest NVLinks to
// the GPUs that stay free, fewest NUMA nodes, GPUs that the instance held before, lowest index. With an empty gpuModel
// it takes the model with the best choice. An error wraps ErrGPUsTaken and says who holds which GPUs.
func Allocate(devices []Device, n int, gpuModel string, before []GPUID) (Allocation, error) {
	units := allocatable(devices)
	got, ok := allocate(units, n, gpuModel, before)
	if !ok {
		return Allocation{}, fmt.Errorf("%w: %s", ErrGPUsTaken, shortage(units, n, gpuModel, time.Time{}))
	}
	return got, nil
}

// allocate is Allocate over allocatable units. ok is false if there is no choice.
func allocate(units []Device, n int, gpuModel string, before []GPUID) (got Allocation, ok bool) {
	if n <= 0 {
		return Allocation{}, true
	}
	t := newTopology(units, before)
	var best candidate
	for _, pool := range t.pools(gpuModel) {
		if len(pool) < n {
			continue
		}
		if c := t.choose(pool, n); best.chosen == nil || better(c, best) {
			best = c
		}
	}
	if best.chosen == nil {
		return Allocation{}, false
	}
	return t.allocation(best), true
}

// allocatePicked checks GPUs that the user picked by hand: they must exist, be free and be of one model.
func allocatePicked(units []Device, o Order) (Allocation, Faults) {
	var faults Faults
	fault := func(id GPUID, kind error, format string, args ...any) {
		faults = append(faults, Fault{Field: "pick_gpus", Value: string(id), Reason: fmt.Sprintf(format, args...), Kind: kind})
	}
	var picked []Device
	for i, id := range o.PickGPUs {
		at := slices.IndexFunc(units, func(u Device) bool { return u.ID == id })
		switch {
		case at < 0:
			fault(id, nil, "no such GPU here: a GPU is picked by its UUID, which berth gpus shows")
			continue
		case slices.Contains(o.PickGPUs[:i], id):
			fault(id, nil, "picked twice")
			continue
		}
		u := units[at]
		if obstacle := u.Obstacle(); obstacle != "" {
			fault(id, ErrGPUsTaken, "GPU %d is not free: %s", u.Index, obstacle)
		}
		if len(picked) > 0 && picked[0].Model != u.Model {
			fault(id, nil, "GPU %d is a %s and GPU %d a %s: an instance has GPUs of one model",
				u.Index, u.Model, picked[0].Index, picked[0].Model)
		}
		picked = append(picked, u)
	}
	if faults != nil {
		return Allocation{}, faults
	}
	t := newTopology(units, nil)
	var c candidate
	for at, u := range t.free {
		if slices.Contains(o.PickGPUs, u.ID) {
			c = c.with(at, t)
		}
	}
	got := t.allocation(c)
	got.Why = append([]string{"picked by hand"}, got.Why...)
	return got, nil
}

// AllocateFixed checks that given GPUs exist and are free. It is for an existing container: the container was created
// for certain GPUs and can't be started on others. An error wraps ErrGPUsTaken and says who holds which of them.
func AllocateFixed(devices []Device, ids []GPUID) (Allocation, error) {
	var taken []string
	for _, id := range ids {
		at := slices.IndexFunc(devices, func(d Device) bool { return d.ID == id })
		if at < 0 {
			taken = append(taken, fmt.Sprintf("%s isn't here any more", id))
		} else if obstacle := devices[at].Obstacle(); obstacle != "" {
			taken = append(taken, fmt.Sprintf("GPU %d: %s", devices[at].Index, obstacle))
		}
	}
	if len(taken) > 0 {
		return Allocation{}, fmt.Errorf("%w: %s; recycle makes it anew on others", ErrFixed, strings.Join(taken, ", "))
	}
	return Allocation{GPUs: slices.Clone(ids), Why: []string{"the ones its container was made for"}}, nil
}

// allocatable returns the devices that can be given out, sorted by index. A GPU that is split into MIG instances is
// left out: only its MIG instances can be given out.
func allocatable(devices []Device) []Device {
	split := map[GPUID]bool{}
	for _, d := range devices {
		split[d.Parent] = true
	}
	var units []Device
	for _, d := range devices {
		if !split[d.ID] {
			units = append(units, d)
		}
	}
	slices.SortStableFunc(units, func(a, b Device) int {
		if a.Index != b.Index {
			return a.Index - b.Index
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	return units
}

// modelsOf lists the distinct models, in the order of their first GPU.
func modelsOf(units []Device) []string {
	var models []string
	for _, u := range units {
		if !slices.Contains(models, u.Model) {
			models = append(models, u.Model)
		}
	}
	return models
}

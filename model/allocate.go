package model

import (
	"fmt"
	"slices"
	"strings"
)

// An Allocation is the GPUs chosen and why, in words.
type Allocation struct {
	GPUs []GPUID
	Why  []string
}

// Allocate chooses n free GPUs of one model: most links inside, then fewest links cut to the GPUs left free,
// then fewest NUMA nodes, then the GPUs held before, then the lowest index. With no model named it takes the
// one that offers the best choice. An error wraps ErrGPUsTaken and says who holds what.
func Allocate(devices []Device, n int, gpuModel string, before []GPUID) (Allocation, error) {
	got, short := allocate(allocatable(devices), n, gpuModel, before)
	if short != "" {
		return Allocation{}, fmt.Errorf("%w: %s", ErrGPUsTaken, short)
	}
	return got, nil
}

// allocate is Allocate over allocatable units; short says in words why there is no choice.
func allocate(units []Device, n int, gpuModel string, before []GPUID) (got Allocation, short string) {
	if n <= 0 {
		return Allocation{}, ""
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
		return Allocation{}, shortage(units, n, gpuModel)
	}
	return t.allocation(best), ""
}

// allocatePicked holds the GPUs somebody chose by hand against what is there and free.
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

// AllocateFixed holds GPUs that are settled already against what is free: those that a container was made for,
// which it can't be started without. An error wraps ErrGPUsTaken and says who holds which of them.
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
		return Allocation{}, fmt.Errorf("%w: its container was made for certain ones: %s; recycle makes it anew on others", ErrGPUsTaken, strings.Join(taken, ", "))
	}
	return Allocation{GPUs: slices.Clone(ids), Why: []string{"the ones its container was made for"}}, nil
}

// allocatable are the devices that can be given out as they are, by index: a GPU split into MIG instances is
// given out by its parts only.
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

// modelsOf lists the models there are, in order of their first GPU.
func modelsOf(units []Device) []string {
	var models []string
	for _, u := range units {
		if !slices.Contains(models, u.Model) {
			models = append(models, u.Model)
		}
	}
	return models
}

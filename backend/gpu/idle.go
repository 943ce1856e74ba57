package gpu

import (
	"slices"
	"time"

	"berth/model"
)

const (
	// restingBelow is the utilisation up to which a GPU counts as idle: a program that merely holds a
	// context shows a percent now and then.
	restingBelow model.Percent = 1
	// unseen is how long readings may be missing before an idle spell can't be vouched for any more.
	unseen = time.Minute
)

// Idle follows since when each GPU has done nothing, from sample to sample. The zero value is ready.
type Idle struct {
	since map[model.GPUID]time.Time
	at    time.Time // of the last sample folded in
}

// Fold takes in a sample and returns its devices with their idle times. A GPU whose utilisation is unknown
// has none. A sample that is no newer than the last one changes nothing.
func (i *Idle) Fold(s Sample) []model.Device {
	devices := slices.Clone(s.Devices)
	since := map[model.GPUID]time.Time{}
	for k := range devices {
		d := &devices[k]
		use, known := d.Utilization.Get()
		if !known || use > restingBelow {
			continue
		}
		began, resting := i.since[d.ID]
		if !resting || s.At.Sub(i.at) > unseen {
			began = s.At
		}
		since[d.ID], d.IdleSince = began, began
	}
	if s.At.After(i.at) {
		i.since, i.at = since, s.At
	}
	return devices
}

// IdleTogether is when the last of several GPUs fell idle; zero while one of them works, is unknown, or
// there are none.
func IdleTogether(devices []model.Device) time.Time {
	var last time.Time
	for _, d := range devices {
		if d.IdleSince.IsZero() {
			return time.Time{}
		}
		if d.IdleSince.After(last) {
			last = d.IdleSince
		}
	}
	return last
}

package gpu

import (
	"slices"
	"sync"
	"time"

	"berth/model"
)

const (
	// restingBelow is the utilisation up to which a GPU counts as idle. A program that only holds a context shows a
	// percent now and then.
	restingBelow model.Percent = 1
	// unseen is how long readings may be missing before an idle spell is no longer certain.
	unseen = time.Minute
)

// Idle keeps track of since when each GPU has been idle, from sample to sample. The zero value is ready for use.
type Idle struct {
	// Freed returns since when each GPU that was once held has had no holder. It may be nil. It is called when idle
	// GPUs are seen that weren't watched before, and not again while they are watched.
	Freed func() map[model.GPUID]time.Time

	states map[model.GPUID]idleState // of the GPUs whose utilisation the last sample had
	at     time.Time                 // the time of the last sample
}

// An idleState is a GPU's state since it last changed. The zero value means that the GPU works.
type idleState struct {
	since  time.Time
	longer bool // it was idle when first seen, so perhaps longer than since
}

// Fold takes in a sample, and returns its devices with their idle times. A GPU with unknown utilisation has none. A
// sample that isn't newer than the last one changes nothing.
func (i *Idle) Fold(s Sample) []model.Device {
	devices := slices.Clone(s.Devices)
	spells := map[model.GPUID]idleState{}
	freed := sync.OnceValue(i.freed)
	for k := range devices {
		d := &devices[k]
		use, known := d.Utilization.Get()
		if !known {
			continue
		}
		now, watched := i.states[d.ID]
		watched = watched && s.At.Sub(i.at) <= unseen
		switch {
		case use > restingBelow:
			now = idleState{}
		case !watched:
			now = initialState(*d, s.At, freed())
		case now.since.IsZero():
			now = idleState{since: s.At}
		}
		spells[d.ID] = now
		d.IdleSince, d.IdleLonger = now.since, now.longer
	}
	if s.At.After(i.at) {
		i.states, i.at = spells, s.At
	}
	return devices
}

func (i *Idle) freed() map[model.GPUID]time.Time {
	if i.Freed == nil {
		return nil
	}
	return i.Freed()
}

// initialState returns the state of a GPU that is idle when first seen. It has been idle since it was released, unless
// a stranger's process is on it.
func initialState(d model.Device, at time.Time, freed map[model.GPUID]time.Time) idleState {
	since, known := freed[d.ID]
	stranger := slices.ContainsFunc(d.Processes, func(p model.Process) bool { return !p.Graphics })
	if !known || stranger || since.After(at) {
		return idleState{since: at, longer: true}
	}
	return idleState{since: since}
}

// IdleTogether returns when the last of several GPUs became idle, and whether that may be longer ago. It is zero if one
// of them works or is unknown, or if there are none.
func IdleTogether(devices []model.Device) (last time.Time, longer bool) {
	for _, d := range devices {
		switch {
		case d.IdleSince.IsZero():
			return time.Time{}, false
		case d.IdleSince.After(last):
			last, longer = d.IdleSince, d.IdleLonger
		case d.IdleSince.Equal(last):
			longer = longer && d.IdleLonger
		}
	}
	return last, longer
}

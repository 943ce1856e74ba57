package gpu

import (
	"slices"
	"sync"
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
	// Freed says since when nobody has held each GPU that was held once, or is nil. It is asked when GPUs
	// are found at rest that nobody watched before, and not again while they are watched.
	Freed func() map[model.GPUID]time.Time

	spells map[model.GPUID]spell // of those seen in the last sample and known to rest or to work
	at     time.Time             // of the last sample folded in
}

// A spell is how a GPU has been since it was last seen otherwise. The zero value is work.
type spell struct {
	since  time.Time
	longer bool // it was at rest when first looked at
}

// Fold takes in a sample and returns its devices with their idle times. A GPU whose utilisation is unknown
// has none. A sample that is no newer than the last one changes nothing.
func (i *Idle) Fold(s Sample) []model.Device {
	devices := slices.Clone(s.Devices)
	spells := map[model.GPUID]spell{}
	freed := sync.OnceValue(i.freed)
	for k := range devices {
		d := &devices[k]
		use, known := d.Utilization.Get()
		if !known {
			continue
		}
		now, watched := i.spells[d.ID]
		watched = watched && s.At.Sub(i.at) <= unseen
		switch {
		case use > restingBelow:
			now = spell{}
		case !watched:
			now = unwatched(*d, s.At, freed())
		case now.since.IsZero():
			now = spell{since: s.At}
		}
		spells[d.ID] = now
		d.IdleSince, d.IdleLonger = now.since, now.longer
	}
	if s.At.After(i.at) {
		i.spells, i.at = spells, s.At
	}
	return devices
}

func (i *Idle) freed() map[model.GPUID]time.Time {
	if i.Freed == nil {
		return nil
	}
	return i.Freed()
}

// unwatched is the spell of a GPU that is at rest when first looked at: it has rested since it was last held,
// unless a stranger is on it.
func unwatched(d model.Device, at time.Time, freed map[model.GPUID]time.Time) spell {
	since, known := freed[d.ID]
	stranger := slices.ContainsFunc(d.Processes, func(p model.Process) bool { return !p.Graphics })
	if !known || stranger || since.After(at) {
		return spell{since: at, longer: true}
	}
	return spell{since: since}
}

// IdleTogether is when the last of several GPUs fell idle, and whether that may be longer ago; zero while one of
// them works, is unknown, or there are none.
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

package world

import (
	"context"
	"time"

	"berth/model"
)

// diskInterval is how often the disk use of instances is measured. The engine walks all their files for it.
const diskInterval = time.Minute

// diskUses are measurements of instances' disks.
type diskUses map[model.InstanceID]model.Bytes

// disks measures what each instance takes on disk, one after the other so that the engine is never busy
// with more than one, and only while somebody watches: what is promised holds without it.
func (o *Observer) disks(ctx context.Context, out chan<- diskUses) {
	for {
		next := diskInterval
		w, _ := o.worlds.Newest()
		switch {
		case !o.fleets.Watched():
		case !w.Engine.OK:
			next = time.Second // the engine is being asked for the first time, or was away
		default:
			measureDisks(ctx, o.Engine, w.Instances, out)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		case <-o.diskNow:
		}
	}
}

// diskReportInterval is how often what was measured is told: a fleet for each of hundreds would cost more than to
// measure it.
const diskReportInterval = time.Second

func measureDisks(ctx context.Context, e Engine, instances []model.Instance, out chan<- diskUses) {
	found, told := diskUses{}, time.Now()
	for n := range instances {
		i := &instances[n]
		if i.Container == "" {
			continue
		}
		use, err := e.Disk(ctx, i.Container)
		if err != nil {
			continue // it went meanwhile, or the engine is busy: unknown until the next minute
		}
		found[i.ID] = use.Layer + use.Volumes
		if time.Since(told) >= diskReportInterval {
			sendUses(ctx, found, out)
			found, told = diskUses{}, time.Now()
		}
	}
	sendUses(ctx, found, out)
}

// sendUses hands measurements on, unless there are none, or the context ends first.
func sendUses(ctx context.Context, found diskUses, out chan<- diskUses) {
	if len(found) == 0 {
		return
	}
	select {
	case out <- found:
	case <-ctx.Done():
	}
}

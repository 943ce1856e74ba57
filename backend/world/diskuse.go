package world

import (
	"context"
	"time"

	"berth/model"
)

// diskTick is how often what instances have written is measured. The engine walks their files for it.
const diskTick = time.Minute

// diskUse is one measurement of an instance's disk.
type diskUse struct {
	id   model.InstanceID
	used model.Bytes
}

// disks measures what each instance takes on disk, one after the other so that the engine is never busy
// with more than one, and only while somebody watches: what is promised holds without it.
func (o *Observer) disks(ctx context.Context, out chan<- diskUse) {
	for {
		next := diskTick
		w, _ := o.worlds.Newest()
		switch {
		case !o.fleets.Watched():
		case !w.Engine.OK:
			next = time.Second // it is just being asked for the first time, or was away
		default:
			for _, i := range w.Instances {
				o.measureDisk(ctx, i, out)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		case <-o.diskNow:
		}
	}
}

func (o *Observer) measureDisk(ctx context.Context, i model.Instance, out chan<- diskUse) {
	if i.Container == "" {
		return
	}
	use, err := o.Engine.Disk(ctx, i.Container)
	if err != nil {
		return // it went meanwhile, or the engine is busy: unknown until the next minute
	}
	select {
	case out <- diskUse{i.ID, use.Layer + use.Volumes}:
	case <-ctx.Done():
	}
}

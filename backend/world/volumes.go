package world

import (
	"context"
	"slices"
	"time"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/model"
)

// volumeTick is how often what is in volumes is measured. The engine walks all their files for it.
const volumeTick = 5 * time.Minute

// stored is what was found in volumes, by their names here. It is the observer's goroutine's alone.
type stored map[string]model.Bytes

// found takes a measurement of all volumes of the engine.
func (s *stored) found(home string, all []engine.Volume) {
	*s = stored{}
	for _, v := range all {
		if v.Labels[label.Home] == home && v.Name == label.VolumeName(home, v.Labels[label.Volume]) {
			(*s)[v.Labels[label.Volume]] = v.Use
		}
	}
}

// keep are volumes with what was found in them.
func (s *stored) keep(volumes []model.Volume) []model.Volume {
	out := slices.Clone(volumes)
	for n, v := range out {
		if use, known := (*s)[v.Name]; known {
			out[n].Use = model.Known(use)
		}
	}
	return out
}

// usedAs are volumes with the use that others of their names have.
func usedAs(volumes, others []model.Volume) []model.Volume {
	for n, v := range volumes {
		for _, o := range others {
			if o.Name == v.Name {
				volumes[n].Use = o.Use
			}
		}
	}
	return volumes
}

// measureVolumes measures what is in volumes, while there are any and somebody watches.
func measureVolumes(ctx context.Context, o *Observer, out chan<- []engine.Volume) {
	for {
		next := time.Second // until there is something to measure, and somebody to see it
		if w, _ := o.worlds.Newest(); w.Engine.OK && len(w.Volumes) > 0 && o.fleets.Watched() {
			if all, err := o.Engine.VolumesUse(ctx); err == nil { // else it is unknown until the next time
				select {
				case out <- all:
				case <-ctx.Done():
				}
			}
			next = volumeTick
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		}
	}
}

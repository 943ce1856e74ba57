package world

import (
	"berth/backend/engine"
	"berth/model"
)

// SliceOf returns the systemd slice that the cgroups of instances go into; "" leaves the choice to the engine.
//
// systemd splits CPU time among siblings by weight. Without a slice, each container is a sibling of the engine and of
// berth's own service in system.slice: with twenty busy containers, each of those two gets only one part in twenty-two.
// In berth.slice all instances together weigh as much as system.slice and as the logins in user.slice. Among themselves
// they weigh what was promised. A rootless engine runs in its user's slices, which berth doesn't change.
func SliceOf(f engine.Facts) string {
	if f.CgroupDriver != "systemd" || f.Rootless {
		return ""
	}
	return "berth.slice"
}

// Protection is how much memory the slice of the instances has to protect: as much as is promised to those that run.
// The slice is "" where there is none whose protection counts. In cgroup v2 memory.low of a group protects no more than
// its parent's does, and a slice's is 0 until somebody sets it. In v1 the soft limit is each group's own.
func Protection(w World) (slice string, low model.Bytes) {
	if !w.Facts.Local || w.Facts.CgroupVersion < 2 {
		return "", 0
	}
	if slice = SliceOf(w.Facts); slice == "" {
		return "", 0
	}
	for n := range w.Instances {
		if c, there := w.containerOf(&w.Instances[n]); there && c.Alive() {
			low += w.Instances[n].Plan.Share.Memory
		}
	}
	return slice, low
}

package world

import (
	"maps"
	"slices"
	"time"

	"berth/backend/cgroup"
	"berth/model"
)

// A meter measures what instances take of the machine, from the kernel's files. It belongs to the observer's
// goroutine.
//
// What that costs doesn't grow with the instances that nobody sees: those are measured ten seconds apart, all in one
// go. Each measurement has its own moment, so an older one is known as that.
type meter struct {
	now   func() time.Time
	guest func(pid int) model.GuestStatus // what the launcher in a container reports, by the container's process
	last  map[model.InstanceID]measured
	used  diskUses  // as last measured
	whole time.Time // when all were last measured
}

// measured is the last measurement of one instance.
type measured struct {
	pid   int
	group cgroup.Group
	cpu   time.Duration
	use   model.Use
	guest model.GuestStatus
}

// measure returns the world's instances with what they take now, those that aren't in sight with what they last took.
// Those of an engine elsewhere, and those that don't run, have nothing to measure.
func (m *meter) measure(w World, in *sight) []model.Instance {
	now := m.now()
	whole := now.Sub(m.whole) >= unwatchedTick-watchedTick/2 // a ticker may be a little early
	if whole {
		m.whole = now
	}
	next := make(map[model.InstanceID]measured, len(w.Instances))
	if w.Facts.Local {
		for n := range w.Instances {
			i := &w.Instances[n]
			c, there := w.Containers[i.Container]
			if !there || c.PID == 0 {
				continue
			}
			before, seen := m.last[i.ID], in.has(i.ID)
			switch {
			case seen || whole || before.pid != c.PID:
				next[i.ID] = m.measureOne(i, c.ID, c.PID, seen)
			default:
				before.group = before.group.Close() // it was in sight a moment ago
				next[i.ID] = before
			}
		}
	}
	for id, before := range m.last {
		if next[id].pid != before.pid {
			before.group.Close()
		}
	}
	m.last = next
	return m.keep(w.Instances)
}

// glance returns the world's instances with the memory they take now. That is all that a single look can tell: the use of
// processors is a difference of two.
func glance(w World, now time.Time) []model.Instance {
	if !w.Facts.Local {
		return w.Instances
	}
	out := slices.Clone(w.Instances)
	for n := range out {
		c, there := w.Containers[out[n].Container]
		if !there || !c.Alive() {
			continue
		}
		group, err := cgroup.OfContainer(c.ID)
		if err != nil {
			continue // it has just ended, or its groups are elsewhere: unknown
		}
		if used, err := group.Memory(); err == nil {
			out[n].Use.At, out[n].Use.Memory = now, model.Known(used)
		}
	}
	return out
}

// close lets go of files.
func (m *meter) close() {
	for _, before := range m.last {
		before.group.Close()
	}
	m.last = nil
}

// keep returns instances, fresh from the ledger, with the last measurements.
func (m *meter) keep(instances []model.Instance) []model.Instance {
	out := make([]model.Instance, len(instances))
	copy(out, instances)
	for n := range out {
		i := &out[n]
		last := m.last[i.ID]
		i.Use, i.Guest = last.use, last.guest
		if used, known := m.used[i.ID]; known {
			i.Use.Disk = model.Known(used)
		}
	}
	return out
}

// disks takes in measurements of instances' disks.
func (m *meter) disks(uses diskUses) {
	if m.used == nil {
		m.used = diskUses{}
	}
	maps.Copy(m.used, uses)
}

// measureOne measures an instance by a process of its container. The files of one that is seen stay open: it is
// measured again in a second.
func (m *meter) measureOne(i *model.Instance, container string, pid int, seen bool) measured {
	now, before := m.now(), m.last[i.ID]
	if before.pid != pid {
		group, err := cgroup.Of(pid)
		if err != nil { // /proc may hide it from this user
			group, err = cgroup.OfContainer(container)
		}
		if err != nil {
			return measured{} // the process has just ended, or its cgroup can't be read: unknown
		}
		before = measured{group: group}
	}
	got := measured{pid: pid, use: model.Use{At: now}}
	if seen {
		got.group = before.group.KeepOpen()
	} else {
		got.group = before.group.Close()
	}
	if cpu, err := got.group.CPU(); err == nil {
		got.cpu = cpu
		if elapsed := now.Sub(before.use.At); before.pid == pid && elapsed > 0 {
			got.use.CPU = model.Known(model.Percent(100 * float64(cpu-before.cpu) / float64(elapsed)))
		}
	}
	if mem, err := got.group.Memory(); err == nil {
		got.use.Memory = model.Known(mem)
	}
	if i.Order.Mode.Launcher() {
		got.guest = m.guest(pid)
	}
	if in, out, err := got.group.Network(); err == nil {
		got.use.NetIn, got.use.NetOut = model.Known(in), model.Known(out)
	}
	return got
}

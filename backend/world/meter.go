package world

import (
	"time"

	"berth/backend/cgroup"
	"berth/backend/engine"
	"berth/model"
)

// A meter measures what instances take of the machine, from the kernel's files. It belongs to the observer's
// goroutine.
type meter struct {
	now   func() time.Time
	guest func(pid int) model.GuestStatus // what a launcher says of its instance
	last  map[model.InstanceID]measured
	used  map[model.InstanceID]model.Bytes // on disk, as last measured
}

// measured is the last measurement of one instance.
type measured struct {
	pid   int
	group cgroup.Group
	cpu   time.Duration
	use   model.Use
	guest model.GuestStatus
}

// measure returns the world's instances with what they take now. Those of an engine elsewhere, and those
// that don't run, have nothing to measure.
func (m *meter) measure(w World) []model.Instance {
	next := make(map[model.InstanceID]measured, len(w.Instances))
	if w.Facts.Local {
		for _, i := range w.Instances {
			if c := w.ContainerOf(i); c != nil && c.PID > 0 {
				next[i.ID] = m.one(i, c)
			}
		}
	}
	m.last = next
	return m.keep(w.Instances)
}

// keep returns instances, fresh from the ledger, with the last measurements.
func (m *meter) keep(instances []model.Instance) []model.Instance {
	out := make([]model.Instance, len(instances))
	for n, i := range instances {
		i.Use = m.last[i.ID].use
		i.Guest = m.last[i.ID].guest
		if used, known := m.used[i.ID]; known {
			i.Use.Disk = model.Known(used)
		}
		out[n] = i
	}
	return out
}

// disk takes in a measurement of an instance's disk.
func (m *meter) disk(d diskUse) {
	if m.used == nil {
		m.used = map[model.InstanceID]model.Bytes{}
	}
	m.used[d.id] = d.used
}

func (m *meter) one(i model.Instance, c *engine.Container) measured {
	now, before := m.now(), m.last[i.ID]
	got := measured{pid: c.PID, group: before.group, use: model.Use{At: now}}
	if before.pid != c.PID {
		group, err := cgroup.Of(c.PID)
		if err != nil {
			return measured{} // it ended just now, or its group isn't ours to read: unknown
		}
		got.group = group
	}
	if cpu, err := got.group.CPU(); err == nil {
		got.cpu = cpu
		if elapsed := now.Sub(before.use.At); before.pid == c.PID && elapsed > 0 {
			got.use.CPU = model.Known(model.Percent(100 * float64(cpu-before.cpu) / float64(elapsed)))
		}
	}
	if mem, err := got.group.Memory(); err == nil {
		got.use.Memory = model.Known(mem)
	}
	if i.Order.Mode.Launcher() {
		got.guest = m.guest(c.PID)
	}
	if in, out, err := got.group.Network(); err == nil {
		got.use.NetIn, got.use.NetOut = model.Known(in), model.Known(out)
	}
	return got
}

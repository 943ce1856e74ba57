package world

import (
	"slices"

	"berth/backend/engine"
	"berth/backend/gpu"
	"berth/backend/label"
	"berth/model"
)

// compose makes a world into what people see of it.
func (o *Observer) compose(w World) model.Fleet {
	f := model.Fleet{
		At: o.Now(), Engine: w.Engine, Driver: w.Sample.Condition, Notices: o.Notices(),
		Instances: slices.Clone(w.Instances), Devices: w.DevicesHeld(), Host: w.host(), Keeper: o.Keeper(),
	}
	f.Notices = append(f.Notices, w.unreadable()...)
	f.Host.GPUWay = o.Handover.Words()
	for n, i := range f.Instances {
		if standing := w.standing(i); standing != "" {
			f.Instances[n].Standing = standing
			f.Instances[n].Message = f.Instances[n].Advice()
		}
		use := &f.Instances[n].Use
		use.IdleSince, use.IdleLonger = gpu.IdleTogether(w.devicesOf(i))
	}
	return f
}

// standing is what the engine says of an instance's container that no order of ours explains.
func (w World) standing(i model.Instance) model.Standing {
	c := w.ContainerOf(i)
	if c == nil || !w.Engine.OK {
		return ""
	}
	switch c.State {
	case engine.Paused:
		return model.StandingPaused
	case engine.Restarting:
		return model.StandingRestarting
	case engine.Removing, engine.Dead:
		if i.Phase == model.PhaseDestroying || i.Phase == model.PhaseRecycling || i.Intent == model.WantDestroyed {
			return ""
		}
		return model.Standing(c.State)
	case engine.Created, engine.Running, engine.Exited:
	}
	return ""
}

// host is the machine with all that is set and promised about it.
func (w World) host() model.Host {
	h := w.Host
	h.PublicIP, h.PortRange = w.Site.PublicIP, w.Site.Ports
	h.Simulated, h.Demo, h.DriverVersion = w.Site.Simulated, w.Site.Demo, w.Sample.Driver
	h.DiskHold, h.DiskWhy = w.DiskHeld()
	h.DiskPromised = w.promisedDisk()
	keepBack(&h, w.writtenByOthers(), w.Site)
	return h
}

// DevicesHeld are the GPUs with their holders, by the leases that the world's instances have.
func (w World) DevicesHeld() []model.Device {
	leases := map[model.GPUID]model.InstanceID{}
	for _, i := range w.Instances {
		for _, id := range i.GPUs {
			leases[id] = i.ID
		}
	}
	return w.devicesLeased(leases)
}

// devicesLeased are the GPUs with their holders, by these leases.
func (w World) devicesLeased(by map[model.GPUID]model.InstanceID) []model.Device {
	tenants, ours := map[model.InstanceID]gpu.Tenant{}, map[string]gpu.Tenant{}
	for _, i := range w.Instances {
		t := gpu.Tenant{Instance: i.ID, Label: i.Label, Owner: i.Owner}
		tenants[i.ID] = t
		if i.Container != "" {
			ours[i.Container] = t
		}
	}
	leases := map[model.GPUID]gpu.Tenant{}
	for gpuID, id := range by {
		t := tenants[id]
		t.Instance = id // one that was launched since is known by its number
		leases[gpuID] = t
	}
	devices := slices.Clone(w.Devices)
	for n := range devices {
		devices[n].Processes = w.surviving(devices[n].Processes)
	}
	for n, h := range gpu.Holders(devices, leases, w.Foreign(), ours) {
		devices[n].Holder = h
	}
	return devices
}

// surviving are the processes of a reading that haven't ended with their container since.
func (w World) surviving(all []model.Process) []model.Process {
	ended := func(p model.Process) bool {
		c, known := w.Containers[p.Container]
		return known && !c.Alive()
	}
	if !slices.ContainsFunc(all, ended) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), ended)
}

// Foreign are the containers with processes to whom the ledger promises no GPU, and what they were given: those
// that aren't ours, and ours that nobody has a row for any more, or that somebody started by hand.
func (w World) Foreign() []gpu.Container {
	var out []gpu.Container
	for _, c := range w.Containers {
		if !c.Alive() || w.promised(c) {
			continue
		}
		claims := gpu.Claims(c.Claims)
		for _, id := range w.Given[c.ID] {
			claims.IDs = append(claims.IDs[:len(claims.IDs):len(claims.IDs)], string(id))
		}
		out = append(out, gpu.Container{ID: c.ID, Name: c.Name, Owner: c.Labels[label.Owner], Claims: claims})
	}
	return out
}

// promised reports whether a container is that of an instance which holds all the GPUs that the container has.
func (w World) promised(c engine.Container) bool {
	i, known := w.InstanceOf(c)
	if !known || len(i.GPUs) == 0 {
		return false
	}
	return !slices.ContainsFunc(w.Given[c.ID], func(id model.GPUID) bool { return !slices.Contains(i.GPUs, id) })
}

func (w World) devicesOf(i model.Instance) []model.Device {
	var out []model.Device
	for _, d := range w.Devices {
		if slices.Contains(i.GPUs, d.ID) {
			out = append(out, d)
		}
	}
	return out
}

func (w World) promisedDisk() model.Bytes {
	var sum model.Bytes
	for _, i := range w.Instances {
		sum += i.Plan.Disk
	}
	return sum
}

// writtenByOthers is what others than our instances have on the disk: images, the host.
func (w World) writtenByOthers() model.Bytes {
	ours := model.Bytes(0)
	for _, i := range w.Instances {
		ours += i.Use.Disk.Or(0)
	}
	return max(w.Host.DiskTotal-w.Host.DiskFree-ours, 0)
}

// Lessee is the instance that a GPU is promised to; 0 where it is promised to none.
func (w World) Lessee(id model.GPUID) model.InstanceID {
	for _, i := range w.Instances {
		if slices.Contains(i.GPUs, id) {
			return i.ID
		}
	}
	return 0
}

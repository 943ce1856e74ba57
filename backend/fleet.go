package backend

import (
	"os"
	"slices"
	"strconv"

	"berth/backend/engine"
	"berth/backend/gpu"
	"berth/backend/label"
	"berth/model"
)

// compose makes a world into what people see of it.
func (m *Machine) compose(w world) model.Fleet {
	f := model.Fleet{
		At: m.now(), Engine: w.engine, Driver: w.sample.Condition, Notices: m.said(),
		Instances: slices.Clone(w.instances), Devices: w.devicesHeld(),
		Keeper: m.keeperState(),
	}
	f.Host = w.machine
	f.Host.PublicIP, f.Host.PortRange = m.publicIP(), m.catalog.Config().PortRange()
	f.Host.Simulated, f.Host.Demo, f.Host.DriverVersion = m.simulated, m.demo, w.sample.Driver
	f.Host.GPUWay = m.handover.Words()
	f.Host.DiskHold, f.Host.DiskWhy = w.diskHeld()
	f.Host.DiskPromised = w.promisedDisk()
	keepBack(&f.Host, w.writtenByOthers(), m.catalog.Config())
	for n, i := range f.Instances {
		use := &f.Instances[n].Use
		use.IdleSince, use.IdleLonger = gpu.IdleTogether(w.devicesOf(i))
	}
	return f
}

// devicesHeld are the GPUs with their holders, by the leases that the world's instances have.
func (w world) devicesHeld() []model.Device {
	leases := map[model.GPUID]model.InstanceID{}
	for _, i := range w.instances {
		for _, id := range i.GPUs {
			leases[id] = i.ID
		}
	}
	return w.devicesLeased(leases)
}

// devicesLeased are the GPUs with their holders, by these leases.
func (w world) devicesLeased(by map[model.GPUID]model.InstanceID) []model.Device {
	tenants, ours := map[model.InstanceID]gpu.Tenant{}, map[string]gpu.Tenant{}
	for _, i := range w.instances {
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
	devices := slices.Clone(w.devices)
	for n := range devices {
		devices[n].Processes = w.surviving(devices[n].Processes)
	}
	for n, h := range gpu.Holders(devices, leases, w.foreign(), ours) {
		devices[n].Holder = h
	}
	return devices
}

// surviving are the processes of a reading that haven't ended with their container since.
func (w world) surviving(all []model.Process) []model.Process {
	ended := func(p model.Process) bool {
		c, known := w.containers[p.Container]
		return known && !c.Alive()
	}
	if !slices.ContainsFunc(all, ended) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), ended)
}

// foreign are the containers with processes to whom the ledger promises no GPU, and what they were given: those
// that aren't ours, and ours that nobody has a row for any more, or that somebody started by hand.
func (w world) foreign() []gpu.Container {
	var out []gpu.Container
	for _, c := range w.containers {
		if !c.Alive() || w.promised(c) {
			continue
		}
		claims := gpu.Claims(c.Claims)
		for _, id := range w.given[c.ID] {
			claims.IDs = append(claims.IDs[:len(claims.IDs):len(claims.IDs)], string(id))
		}
		out = append(out, gpu.Container{ID: c.ID, Name: c.Name, Owner: c.Labels[label.Owner], Claims: claims})
	}
	return out
}

// promised reports whether a container is that of an instance which holds GPUs.
func (w world) promised(c engine.Container) bool {
	return w.ours(c) && slices.ContainsFunc(w.instances, func(i model.Instance) bool {
		return len(i.GPUs) > 0 && (i.Container == c.ID || c.Labels[label.ID] == strconv.FormatInt(int64(i.ID), 10))
	})
}

func (w world) devicesOf(i model.Instance) []model.Device {
	var out []model.Device
	for _, d := range w.devices {
		if slices.Contains(i.GPUs, d.ID) {
			out = append(out, d)
		}
	}
	return out
}

func (w world) promisedDisk() model.Bytes {
	var sum model.Bytes
	for _, i := range w.instances {
		sum += i.Plan.Disk
	}
	return sum
}

// writtenByOthers is what others than our instances have on the disk: images, the host.
func (w world) writtenByOthers() model.Bytes {
	ours := model.Bytes(0)
	for _, i := range w.instances {
		ours += i.Use.Disk.Or(0)
	}
	return max(w.machine.DiskTotal-w.machine.DiskFree-ours, 0)
}

// keeperState says who fulfils the wishes, as of the last look.
func (m *Machine) keeperState() model.KeeperState {
	if m.Keeping() {
		return model.KeeperState{Here: true, PID: os.Getpid()}
	}
	return model.KeeperState{PID: keeperPID(m.home)}
}

// publicIP is where the machine's ports are reached: as configured, else this machine's own address.
func (m *Machine) publicIP() string {
	if ip := m.catalog.Config().PublicIP; ip != "" {
		return ip
	}
	return m.address
}

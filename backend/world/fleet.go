package world

import (
	"slices"
	"strings"
	"time"

	"berth/backend/engine"
	"berth/backend/gpu"
	"berth/backend/label"
	"berth/model"
)

// compose turns a world into the fleet that people see.
func (o *Observer) compose(w World) model.Fleet {
	f := model.Fleet{
		At: o.Now(), Engine: w.Engine, Driver: w.Sample.Condition, Notices: o.Notices(),
		Instances: slices.Clone(w.Instances), Devices: w.DevicesHeld(), Host: w.host(), Keeper: o.Keeper(), Policy: w.Policy(),
		Volumes: model.Claimed(w.Volumes, w.Instances), Reservations: w.Reservations.Current(o.Now()), Unread: w.unreadable(),
	}
	f.Devices = f.Reservations.Now(f.Devices, f.At)
	for _, v := range f.Volumes {
		if full := v.Full(); full != "" {
			f.Notices = append(f.Notices, full)
		}
	}
	if notice := f.Policy.Notice(); notice != "" {
		f.Notices = append(f.Notices, notice)
	}
	f.Host.GPUWay = o.Handover.Words()
	line := model.LineOf(f.Instances)
	for n := range f.Instances {
		i := &f.Instances[n]
		if waiter, waits := i.Waiter(); waits {
			i.InLine, i.Message = line.PlaceOf(waiter), waitingWords(line, waiter, *i, f)
		}
		if slow := i.Pull.Slow(i.Order.Image); slow != "" && (i.Phase == model.PhaseLoading || i.Phase == model.PhaseRecycling) {
			i.Message += "; " + slow
		}
		if words := ruleWords(*i, f.At); words != "" {
			i.Message = words
		}
		if standing := w.standing(i); standing != "" {
			i.Standing = standing
			i.Message = i.Advice()
		}
		i.Use.IdleSince, i.Use.IdleLonger = gpu.IdleTogether(w.devicesOf(i))
	}
	return f
}

// ruleWords are what is to be told of a running instance before a rule ends its run.
func ruleWords(i model.Instance, now time.Time) string {
	if i.Phase != model.PhaseRunning && i.Phase != model.PhaseConnecting {
		return ""
	}
	var words []string
	if i.Plan.Time.Warns(now) {
		words = append(words, i.Plan.Time.Words(now))
	}
	if idle := i.Plan.Idle.Words(now); idle != "" {
		words = append(words, idle)
	}
	return strings.Join(words, "; ")
}

// waitingWords say what an instance waits for, with what its keeper has to say beside.
func waitingWords(line model.Line, waiter model.Waiter, i model.Instance, f model.Fleet) string {
	words := line.WaitingWords(waiter, f.Devices, f.Reservations, f.At)
	if strings.HasPrefix(i.Message, model.ErrFixed.Error()) {
		words += "; " + i.Message
	}
	return words
}

// standing returns the state of an instance's container if no order of berth's explains it; else "".
func (w World) standing(i *model.Instance) model.Standing {
	c, there := w.containerOf(i)
	if !there || !w.Engine.OK {
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

// host returns the machine with its settings and everything that is promised of it.
func (w World) host() model.Host {
	h := w.Host
	h.PublicIP, h.PortRange = w.Site.PublicIP, w.Site.Ports
	h.Simulated, h.Demo, h.DriverVersion = w.Site.Simulated, w.Site.Demo, w.Sample.Driver
	h.DiskHold, h.DiskWhy = w.DiskHeld()
	h.DiskPromised = w.promisedDisk()
	setReserves(&h, w.writtenByOthers(), w.Site)
	return h
}

// DevicesHeld returns the GPUs with their holders, by the leases of the world's instances.
func (w World) DevicesHeld() []model.Device {
	leases := map[model.GPUID]model.InstanceID{}
	for n := range w.Instances {
		for _, id := range w.Instances[n].GPUs {
			leases[id] = w.Instances[n].ID
		}
	}
	return w.devicesLeased(leases)
}

// devicesLeased returns the GPUs with their holders, by the given leases.
func (w World) devicesLeased(by map[model.GPUID]model.InstanceID) []model.Device {
	tenants, ours := make(map[model.InstanceID]gpu.Tenant, len(w.Instances)), make(map[string]gpu.Tenant, len(w.Instances))
	for n := range w.Instances {
		i := &w.Instances[n]
		t := gpu.Tenant{Instance: i.ID, Label: i.Label, Owner: i.Owner, Since: model.HeldSince(*i), Ends: i.Plan.Time.Ends}
		tenants[i.ID] = t
		if i.Container != "" {
			ours[i.Container] = t
		}
	}
	leases := map[model.GPUID]gpu.Tenant{}
	for gpuID, id := range by {
		t := tenants[id]
		t.Instance = id // an instance launched after the world was read is known by its number only
		leases[gpuID] = t
	}
	devices := slices.Clone(w.Devices)
	for n := range devices {
		devices[n].Processes = w.surviving(devices[n].Processes)
		devices[n] = devices[n].WithEvents(w.Events)
	}
	for n, h := range gpu.Holders(devices, leases, w.Foreign(), ours) {
		devices[n].Holder = h
	}
	return devices
}

// surviving drops the processes of a reading whose container has ended since.
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

// Foreign returns the living containers that don't hold a lease for all their GPUs, with the GPUs that they claim or
// were given: containers that aren't berth's, those of berth's without a row or without GPUs, and those that somebody
// started by hand.
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

// promised reports whether a container belongs to an instance that holds all GPUs that the container was given.
func (w World) promised(c engine.Container) bool {
	at := w.instanceIndex(c)
	if at < 0 || len(w.Instances[at].GPUs) == 0 {
		return false
	}
	leased := w.Instances[at].GPUs
	return !slices.ContainsFunc(w.Given[c.ID], func(id model.GPUID) bool { return !slices.Contains(leased, id) })
}

func (w World) devicesOf(i *model.Instance) []model.Device {
	if len(i.GPUs) == 0 {
		return nil
	}
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
	for n := range w.Instances {
		sum += w.Instances[n].Plan.Disk
	}
	for _, v := range w.Volumes {
		sum += v.Size
	}
	return sum
}

// writtenByOthers returns how much of the disk is used by anything but our instances: images, the host itself.
func (w World) writtenByOthers() model.Bytes {
	ours := model.Bytes(0)
	for n := range w.Instances {
		ours += w.Instances[n].Use.Disk.Or(0)
	}
	for _, v := range w.Volumes {
		ours += v.Use.Or(0)
	}
	return max(w.Host.DiskTotal-w.Host.DiskFree-ours, 0)
}

// LeasedTo returns the instance that a GPU is leased to; 0 if there is none.
func (w World) LeasedTo(id model.GPUID) model.InstanceID {
	for _, i := range w.Instances {
		if slices.Contains(i.GPUs, id) {
			return i.ID
		}
	}
	return 0
}

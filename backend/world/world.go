// Package world collects the current state of the machine: one value, made of what the engine, the GPU driver, the
// ledger and the machine say. An Observer keeps it up to date and gives it to the keeper, the screens and package
// orders. Capacity is what an order is checked against, and ChoosePorts gives it external ports that are free.
//
// The package makes no promises, changes nothing on the engine, and only reads the ledger. Begin with World and
// Observer.
package world

import (
	"slices"
	"strconv"
	"time"

	"berth/backend/engine"
	"berth/backend/gpu"
	"berth/backend/label"
	"berth/model"
)

// A World is what one process knows at one moment: the ledger's instances beside the engine's containers. It is a
// value: the observer replaces it and never changes it. A Fleet is made from it for people.
type World struct {
	Home      string    // the state folder
	Key       label.Key // proves which containers are berth's
	Site      Site
	Instances []model.Instance
	Volumes   []model.Volume // without who has them

	Reservations model.Reservations          // of which some may be over
	ReadAt       time.Time                   // the ledger is known as of this time at least
	Containers   map[string]engine.Container // by id
	Facts        engine.Facts
	Holding      Holding // as last noted, perhaps for another engine
	Engine       model.Condition
	Sample       gpu.Sample
	Devices      []model.Device           // the sample's, with their idle times
	Events       []model.GPUEvent         // what the driver reported of GPUs, as the ledger has it
	Host         model.Host               // what the machine has and how busy it is
	Given        map[string][]model.GPUID // the GPUs each container was started with, by id, if that could be looked up
	Outage       Outage

	proofs map[string]proof // of Containers, by id
	places map[string]int   // where in Instances the one of a container stands, by its id, as far as is known
}

// A Site is what this machine was set up as. It doesn't change while a process runs.
type Site struct {
	PublicIP      string // where instances' ports are reached; empty if unknown
	Ports         model.PortRange
	MemoryReserve model.Bytes // kept for the host itself; 0: by the machine's size
	DiskReserve   model.Bytes // kept free of promises; 0: by the machine's size
	Simulated     string      // the simulated inventory's name; empty for real GPUs
	Demo          bool        // the engine is in memory
	// Policy returns what the machine's owner has decided so far. If it is nil, nothing has been decided.
	Policy func() model.Policy
	// Free reports whether a port of the machine can be bound; if it is nil, the port is bound to find out. Pick
	// returns a number below n; if it is nil, the number is random.
	Free func(model.Socket) bool
	Pick func(n int) int
}

// Policy returns the current policy of the machine's owner. Without one it is empty.
func (w World) Policy() model.Policy {
	if w.Site.Policy == nil {
		return model.Policy{}
	}
	return w.Site.Policy()
}

// ContainerOf returns the instance's container, or nil if there is none. It is the container that the instance's row
// names, or else one whose labels prove that it belongs to this instance.
func (w World) ContainerOf(i model.Instance) *engine.Container {
	if c, there := w.containerOf(&i); there {
		return &c
	}
	return nil
}

// containerOf is ContainerOf for whoever asks of every instance: nothing is copied to where it must be collected again.
func (w World) containerOf(i *model.Instance) (c engine.Container, there bool) {
	if c, there = w.Containers[i.Container]; there {
		return c, true
	}
	number := strconv.FormatInt(int64(i.ID), 10)
	for _, c := range w.Containers {
		if c.Labels[label.ID] == number && w.Proven(c) {
			return c, true
		}
	}
	return engine.Container{}, false
}

// A proof is whether the labels of a container of that name and image prove that it is ours. What labels a container
// has never changes.
type proof struct {
	name, image string
	holds       bool
}

// Proven reports whether a container's labels prove that this ledger had it made. What they only claim means nothing.
func (w World) Proven(c engine.Container) bool {
	if p, known := w.proofs[c.ID]; known && p.name == c.Name && p.image == c.Image {
		return p.holds
	}
	return w.Key.Proves(c.Name, c.Image, c.Labels)
}

// provenAmong are the proofs of containers. To work one out takes longer than all else that is asked of a container.
func (w World) provenAmong(all map[string]engine.Container) map[string]proof {
	out := make(map[string]proof, len(all))
	for id, c := range all {
		out[id] = proof{c.Name, c.Image, w.Proven(c)}
	}
	return out
}

// Ours reports whether a container belongs to this ledger: a row names it, or its labels prove it.
func (w World) Ours(c engine.Container) bool { return w.rowIndex(c) >= 0 || w.Proven(c) }

// InstanceOf is the instance that a container is of, if one has a row for it.
func (w World) InstanceOf(c engine.Container) (model.Instance, bool) {
	if at := w.instanceIndex(c); at >= 0 {
		return w.Instances[at], true
	}
	return model.Instance{}, false
}

// instanceIndex is where the instance of a container stands; -1 where none has a row for it.
func (w World) instanceIndex(c engine.Container) int {
	at := w.rowIndex(c)
	if at < 0 && w.Proven(c) {
		return slices.IndexFunc(w.Instances, func(i model.Instance) bool {
			return c.Labels[label.ID] == strconv.FormatInt(int64(i.ID), 10)
		})
	}
	return at
}

// rowIndex is where the instance stands whose row names a container; -1 where none does. Instances are large, and there
// may be hundreds of them and of containers: the place that is known is tried first.
func (w World) rowIndex(c engine.Container) int {
	if at, known := w.places[c.ID]; known && at < len(w.Instances) && w.Instances[at].Container == c.ID {
		return at
	}
	for at := range w.Instances {
		if w.Instances[at].Container == c.ID {
			return at
		}
	}
	return -1
}

// indexByContainer are the places of instances that have a container, by its id.
func indexByContainer(instances []model.Instance) map[string]int {
	places := make(map[string]int, len(instances))
	for at := range instances {
		if id := instances[at].Container; id != "" {
			places[id] = at
		}
	}
	return places
}

// Running returns the instances whose containers run.
func (w World) Running() []model.InstanceID {
	var ids []model.InstanceID
	for _, i := range w.Instances {
		if c := w.ContainerOf(i); c != nil && c.Alive() {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// RunningAsWritten returns the running instances without those that are known to have other GPUs than their row says.
func (w World) RunningAsWritten() []model.InstanceID {
	return slices.DeleteFunc(w.Running(), func(id model.InstanceID) bool {
		at := slices.IndexFunc(w.Instances, func(i model.Instance) bool { return i.ID == id })
		i := w.Instances[at]
		gpus, told := w.Given[w.ContainerOf(i).ID]
		return told && !model.SameGPUs(gpus, i.GPUs)
	})
}

// busyGPUs returns the GPUs of running instances.
func (w World) busyGPUs() map[model.GPUID]bool {
	busy := map[model.GPUID]bool{}
	for n := range w.Instances {
		i := &w.Instances[n]
		if len(i.GPUs) == 0 {
			continue
		}
		if c, there := w.containerOf(i); there && c.Alive() {
			for _, id := range i.GPUs {
				busy[id] = true
			}
		}
	}
	return busy
}

// Taken returns the sockets that any container was given at create. Stopped and foreign containers count too: their
// sockets would clash at their next start.
func (w World) Taken() map[model.Socket]bool {
	taken := map[model.Socket]bool{}
	for _, c := range w.Containers {
		for _, p := range c.Ports {
			taken[model.Socket{Protocol: p.Protocol, Port: p.External}] = true
		}
	}
	return taken
}

// Package world is what is: one value made of what the engine, the GPU driver, the ledger and the machine itself say,
// kept up to date by an observer and given to the keeper, the screens and whoever promises something.
//
// It promises nothing and changes nothing on the engine; of the ledger it reads only.
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

// A World is what one process knows at one moment, before it is made into a Fleet for people: the ledger's
// instances beside the engine's containers. It is a value; the observer replaces it.
type World struct {
	Home       string    // the state folder
	Key        label.Key // proves which containers are ours
	Site       Site
	Instances  []model.Instance
	ReadAt     time.Time                   // the ledger was, or later
	Containers map[string]engine.Container // by id
	Facts      engine.Facts
	Holding    Holding // as last noted, of this engine or another
	Engine     model.Condition
	Sample     gpu.Sample
	Devices    []model.Device           // the sample's, with their idle times
	Host       model.Host               // what the machine has and how busy it is
	Given      map[string][]model.GPUID // what containers were started with, by id, where that had to be looked up
	Outage     Outage
}

// A Site is what this machine was set up as: it stays the same while a process runs.
type Site struct {
	PublicIP      string // where its ports are reached; empty where unknown
	Ports         model.PortRange
	MemoryReserve model.Bytes // kept for the host itself; 0: by the machine's size
	DiskReserve   model.Bytes // kept free of promises; 0: by the machine's size
	Simulated     string      // the simulated inventory's name; empty for real GPUs
	Demo          bool        // the engine is in memory
	// Free reports whether a socket of the machine is free, and Pick chooses one of n; nil: it is tried, and by chance.
	Free func(model.Socket) bool
	Pick func(n int) int
}

// ContainerOf returns the instance's container, or nil: the one its row names, else one whose labels prove that it is
// this instance's.
func (w World) ContainerOf(i model.Instance) *engine.Container {
	if c, ok := w.Containers[i.Container]; ok {
		return &c
	}
	for _, c := range w.Containers {
		if c.Labels[label.ID] == strconv.FormatInt(int64(i.ID), 10) && w.Proven(c) {
			return &c
		}
	}
	return nil
}

// Proven reports whether a container's labels prove that this ledger had it made. What they only claim means nothing.
func (w World) Proven(c engine.Container) bool { return w.Key.Proves(c.Name, c.Image, c.Labels) }

// Ours reports whether a container belongs to this ledger: a row names it, or its labels prove it.
func (w World) Ours(c engine.Container) bool {
	return slices.ContainsFunc(w.Instances, func(i model.Instance) bool { return i.Container == c.ID }) || w.Proven(c)
}

// InstanceOf is the instance that a container is of, if one has a row for it.
func (w World) InstanceOf(c engine.Container) (model.Instance, bool) {
	at := slices.IndexFunc(w.Instances, func(i model.Instance) bool { return i.Container == c.ID })
	if at < 0 && w.Proven(c) {
		at = slices.IndexFunc(w.Instances, func(i model.Instance) bool {
			return c.Labels[label.ID] == strconv.FormatInt(int64(i.ID), 10)
		})
	}
	if at < 0 {
		return model.Instance{}, false
	}
	return w.Instances[at], true
}

// Running are the instances whose containers run.
func (w World) Running() []model.InstanceID {
	var ids []model.InstanceID
	for _, i := range w.Instances {
		if c := w.ContainerOf(i); c != nil && c.Alive() {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// RunningAsWritten are those of them that really have the GPUs that their rows say, as far as that can be told. Another
// has those of its row on paper alone.
func (w World) RunningAsWritten() []model.InstanceID {
	return slices.DeleteFunc(w.Running(), func(id model.InstanceID) bool {
		at := slices.IndexFunc(w.Instances, func(i model.Instance) bool { return i.ID == id })
		i := w.Instances[at]
		gpus, told := w.Given[w.ContainerOf(i).ID]
		return told && !model.SameGPUs(gpus, i.GPUs)
	})
}

// atWork are the GPUs of instances that run.
func (w World) atWork() map[model.GPUID]bool {
	busy := map[model.GPUID]bool{}
	for _, i := range w.Instances {
		if c := w.ContainerOf(i); c != nil && c.Alive() {
			for _, id := range i.GPUs {
				busy[id] = true
			}
		}
	}
	return busy
}

// Taken returns the sockets that any container was given at create, stopped and foreign ones too: they
// would clash at its next start.
func (w World) Taken() map[model.Socket]bool {
	taken := map[model.Socket]bool{}
	for _, c := range w.Containers {
		for _, p := range c.Ports {
			taken[model.Socket{Protocol: p.Protocol, Port: p.External}] = true
		}
	}
	return taken
}

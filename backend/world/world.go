// Package world is what is: one value made of what the engine, the GPU driver, the ledger and the machine itself say,
// kept up to date by an observer and given to the keeper, the screens and whoever promises something.
//
// It promises nothing and changes nothing on the engine; of the ledger it reads, and notes when the engine was away.
package world

import (
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
	Home       string // the state folder, by which our containers are told from others
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
}

// ContainerOf returns the instance's container, or nil.
func (w World) ContainerOf(i model.Instance) *engine.Container {
	if c, ok := w.Containers[i.Container]; ok {
		return &c
	}
	for _, c := range w.Containers {
		if w.Ours(c) && c.Labels[label.ID] == strconv.FormatInt(int64(i.ID), 10) {
			return &c
		}
	}
	return nil
}

// Ours reports whether a container belongs to this ledger.
func (w World) Ours(c engine.Container) bool {
	return c.Labels[label.ID] != "" && c.Labels[label.Home] == w.Home
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

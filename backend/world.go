package backend

import (
	"strconv"
	"time"

	"berth/backend/engine"
	"berth/backend/gpu"
	"berth/backend/label"
	"berth/model"
)

// A world is what one process knows at one moment, before it is made into a Fleet for people: the ledger's
// instances beside the engine's containers. It is a value; the observer replaces it.
type world struct {
	home       string
	instances  []model.Instance
	readAt     time.Time                   // the ledger was, or later
	containers map[string]engine.Container // by id
	facts      engine.Facts
	holding    holding // as last noted, of this engine or another
	engine     model.Condition
	sample     gpu.Sample
	devices    []model.Device           // the sample's, with their idle times
	machine    model.Host               // what the computer has and how busy it is
	given      map[string][]model.GPUID // what containers were started with, by id, where that had to be looked up
	outage     outage
}

// containerOf returns the instance's container, or nil.
func (w world) containerOf(i model.Instance) *engine.Container {
	if c, ok := w.containers[i.Container]; ok {
		return &c
	}
	for _, c := range w.containers {
		if w.ours(c) && c.Labels[label.ID] == strconv.FormatInt(int64(i.ID), 10) {
			return &c
		}
	}
	return nil
}

// ours reports whether a container belongs to this ledger.
func (w world) ours(c engine.Container) bool {
	return c.Labels[label.ID] != "" && c.Labels[label.Home] == w.home
}

// atWork are the GPUs of instances that run.
func (w world) atWork() map[model.GPUID]bool {
	busy := map[model.GPUID]bool{}
	for _, i := range w.instances {
		if c := w.containerOf(i); c != nil && c.Alive() {
			for _, id := range i.GPUs {
				busy[id] = true
			}
		}
	}
	return busy
}

// taken returns the sockets that any container was given at create, stopped and foreign ones too: they
// would clash at its next start.
func (w world) taken() map[model.Socket]bool {
	taken := map[model.Socket]bool{}
	for _, c := range w.containers {
		for _, p := range c.Ports {
			taken[model.Socket{Protocol: p.Protocol, Port: p.External}] = true
		}
	}
	return taken
}

package handover

import (
	"context"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/backend/gpu"
	"berth/backend/gpu/cdi"
	"berth/backend/gpu/cdi/cditest"
	"berth/model"
)

// A bench is a handover of eight made-up GPUs, on an engine in memory that reads specs from a folder. The keeper's
// tests run whole lives on real engines.
type bench struct {
	*Handover
	memory  *memory.Engine
	specs   cdi.Folder
	devices []model.Device
}

const home = "/home/maria/.local/state/berth"

// newBench makes a bench. change may edit its parts first.
func newBench(t *testing.T, change func(*Parts)) *bench {
	t.Helper()
	b := &bench{memory: memory.New(time.Now), specs: cdi.Folder(t.TempDir())}
	b.memory.Pace = 0
	t.Cleanup(func() { check(t, b.memory.Close()) })
	b.memory.SetFacts(engine.Facts{Version: "in memory", Local: true, CDISpecDirs: []string{string(b.specs)}})
	reader, err := gpu.Simulate("h100x8", time.Now)
	check(t, err)
	b.devices = reader.Sample(t.Context()).Devices
	p := Parts{Engine: b.memory, Home: home, HostSpec: b.host}
	if change != nil {
		change(&p)
	}
	b.Handover = New(p)
	return b
}

// host returns what NVIDIA's toolkit would say about these GPUs.
func (b *bench) host(context.Context) (cdi.Host, error) {
	var gpus []model.GPU
	for _, d := range b.devices {
		gpus = append(gpus, d.GPU)
	}
	return cditest.Host(gpus), nil
}

func (b *bench) ids() (ids []model.GPUID) {
	for _, d := range b.devices {
		ids = append(ids, d.ID)
	}
	return ids
}

// choosing makes a handover take a way, whatever is offered.
func choosing(c cdi.Choice) func(*Parts) {
	return func(p *Parts) { p.Choose = func(cdi.Offer) cdi.Choice { return c } }
}

// holder returns instance 7 with these GPUs.
func holder(gpus ...model.GPUID) model.Instance {
	return model.Instance{ID: 7, Order: model.Order{GPUs: len(gpus)}, GPUs: gpus}
}

// words returns GPU IDs as an engine takes them.
func words(ids []model.GPUID) (out []string) {
	for _, id := range ids {
		out = append(out, string(id))
	}
	return out
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

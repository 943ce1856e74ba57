package form

import (
	"testing"

	"berth/model"
)

// Before a machine is chosen there are the GPUs of all; the most for one instance are those of the largest.
func TestGPUsOfSeveralMachinesAreCounted(t *testing.T) {
	free := model.Device{Reading: model.Reading{Health: model.Health{OK: true}}}
	at := func(name string, devices ...model.Device) model.Candidate {
		return model.Candidate{Machine: model.Machine{Name: name, Fleet: model.Fleet{Devices: devices}}}
	}
	s := newGPUStep()
	s.see(Inputs{Capacity: model.Capacity{Host: model.Host{Cores: 2, Memory: model.GiB}, Machines: []model.Candidate{at("box1", free, free), at("box2", free)}}})
	if want := "of 3, 3 free now on all machines; an instance has those of one"; s.count.note != want || s.count.high != 2 {
		t.Errorf("up to %v, %q; want up to 2, %q", s.count.high, s.count.note, want)
	}
}

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

// A regression test: the disk that is left was that of all machines together, and the GPUs those of all though one was
// chosen.
func TestWhatIsLeftIsThatOfTheMachineThatTheOrderGoesTo(t *testing.T) {
	disks := map[string]model.Bytes{"box1": 100 * model.GB, "box2": 300 * model.GB}
	in := inputs()
	one := in.Capacity
	in.Capacity = model.CapacityOf(model.Fleet{}, model.Account{})
	var all []model.Machine
	for n, name := range []string{"box1", "box2"} {
		host := one.Host
		host.DiskTotal, host.DiskPromised, host.DiskReserve = disks[name], 0, 0
		all = append(all, model.Machine{Name: name, Link: model.Condition{OK: true}, Account: one.Account, Fleet: model.Fleet{
			At: one.At, Host: host, Devices: one.Devices[:4+n], Engine: model.Condition{OK: true}, Driver: model.Condition{OK: true}, Keeper: model.KeeperState{Here: true},
		}})
	}
	in.Capacity = model.CapacityOf(model.Joined(all, "you"), model.Account{})
	u := newTypist(t, in)
	u.press("alt+5", "ctrl+u")
	u.types("50")
	u.sees("100G of 100G are left to promise") // of two with as many free GPUs, the one named first
	u.press("ctrl+u")
	u.types("200")
	u.sees("300G of 300G are left to promise") // only that one has room
	u.press("alt+2", "shift+tab", "right", "right")
	u.sees("of 5, ")
	u.sees("free now on box2")
}

package model

import (
	"math"
	"strings"
	"testing"
	"time"
)

// Two machines that gave the same numbers and know the viewer by different names, one of them away.
func joinedForTest() Fleet {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	machine := func(name, owner string, link Condition, id InstanceID) Machine {
		return Machine{Name: name, Berth: "v1", Link: link, Account: Account{Owner: owner}, Fleet: Fleet{
			At: at, Engine: Condition{OK: true}, Driver: Condition{OK: true}, Keeper: KeeperState{Here: true},
			Host: Host{Cores: 8, Memory: GiB, PublicIP: "192.0.2." + name[3:]},
			Devices: []Device{{GPU: GPU{ID: "GPU-1", Links: map[GPUID]int{"GPU-2": 4}}, Reading: Reading{At: at, Health: Health{OK: true}},
				Holder: Holder{Kind: HeldByInstance, ID: id.String(), Owner: owner}}, {GPU: GPU{ID: "GPU-2"}, Reading: Reading{At: at, Health: Health{OK: true}}}},
			Instances: []Instance{{ID: id, Owner: owner, GPUs: []GPUID{"GPU-1"}}, {ID: id + 1, Owner: "maria"}},
		}}
	}
	return Joined([]Machine{
		machine("box1", "maria", Condition{OK: true, Since: at.Add(time.Hour)}, 14),
		machine("box2", "mk", Condition{Reason: "it is away", Since: at}, 14+idsOfOne), // a number that no berth gives
	}, "maria")
}

func TestWhatSeveralMachinesHaveIsToldApart(t *testing.T) {
	f := joinedForTest()
	names := map[InstanceID]string{}
	for n := range f.Instances {
		names[f.Instances[n].ID] = NameOf(&f.Instances[n]) + " " + f.Instances[n].Owner
	}
	for n, want := range []string{"box1/C.14 maria", "box1/C.15 maria", "box2/C.14 maria", "box2/C.15 box2/maria"} {
		if got := names[InstanceID(14+n%2).On(n/2)]; got != want {
			t.Errorf("the instance is %q, want %q", got, want)
		}
	}
	d, there := f.Device("box2/GPU-1")
	if !there || d.Machine != "box2" || d.Holder.ID != "box2/C.14" || d.Holder.Owner != "maria" || d.ID.Own() != "GPU-1" {
		t.Errorf("the GPU is %+v, %t", d, there)
	}
	if held, some := f.NamedBy(d.Holder.ID); !some || held.GPUs[0] != d.ID {
		t.Errorf("%s has %v", d.Holder.ID, held.GPUs)
	}
	if first, _ := f.Device("box1/GPU-1"); first.Links["box1/GPU-2"] != 4 {
		t.Errorf("it is linked to %v", first.Links)
	}
	if ip := f.HostOf(InstanceID(14).On(1)).PublicIP; ip != "192.0.2.2" {
		t.Errorf("box2/C.14 is reached at %s", ip)
	}
}

// A machine may say any number. Once a negative one was another machine's: an order for an instance of the one, as the
// screen showed it, went to the other.
func TestNoMachineHasTheNumbersOfAnother(t *testing.T) {
	machines := make([]Machine, 3)
	f := Fleet{Machines: machines}
	for n := range machines {
		machines[n].Name = "box" + string(rune('1'+n))
	}
	for _, id := range []InstanceID{14, MostInstanceID, idsOfOne, 14 - idsOfOne, -1, -idsOfOne, 14 - 2*idsOfOne, math.MinInt64, math.MaxInt64} {
		for n := range machines {
			if m, there := f.MachineOf(id.On(n)); !there || m.Name != machines[n].Name {
				t.Errorf("number %d of %s is %d, which is %q's", id, machines[n].Name, id.On(n), m.Name)
			}
		}
	}
}

// A machine's clock is an hour behind; another is away.
func TestOfAMachineThatIsAwayNothingIsFree(t *testing.T) {
	f := joinedForTest()
	if free := f.FreeGPUs(); free != 1 {
		t.Errorf("%d GPUs are free, want box1's one", free)
	}
	if got := f.Devices[0].At.Sub(f.Devices[2].At); got != time.Hour {
		t.Errorf("the readings are %s apart, by our clock", got)
	}
	if len(f.Notices) != 1 || f.Notices[0] != "box2: it is away" || f.Host.Cores != 16 {
		t.Errorf("it says %q and has %d cores", f.Notices, f.Host.Cores)
	}
	_, met, faults := ProposeAnywhere(Order{Image: "a", GPUs: 2, Disk: 10}, CapacityOf(f, Account{}))
	said := faults.Error()
	for _, want := range []string{"box1: ", "it is away"} {
		if met.Machine != "box1" || !strings.Contains(said, want) {
			t.Errorf("on %s it says %q, which lacks %q", met.Machine, said, want)
		}
	}
}

// What a machine had is made anew after each of its words, and whenever it goes or comes back; and only then.
func TestAMachineIsJoinedAnewWhenItSpeaks(t *testing.T) {
	all := joinedForTest().Machines
	j := Joining{Me: "maria"}
	for n := range all {
		all[n].Heard = 1
	}
	was := j.Fleet(all)
	same := func(n int, f Fleet) bool { return &f.Instances[2*n].GPUs[0] == &was.Instances[2*n].GPUs[0] }
	if now := j.Fleet(all); !same(0, now) || !same(1, now) {
		t.Error("nobody spoke, and it is made anew")
	}
	all[1].Heard++
	all[1].Fleet.Instances = []Instance{{ID: 20, Owner: "mk", GPUs: []GPUID{"GPU-2"}}}
	now := j.Fleet(all)
	if i, there := now.NamedBy("box2/C.20"); !same(0, now) || !there || i.GPUs[0] != "box2/GPU-2" || len(now.Instances) != 3 {
		t.Errorf("box2 spoke, and there are %+v", now.Instances)
	}
	was = now
	all[0].Link = Condition{Reason: "it is away"}
	if now := j.Fleet(all); len(now.Notices) != 2 || now.Instances[0].Machine != "box1" || &now.Instances[0].GPUs[0] == &was.Instances[0].GPUs[0] {
		t.Errorf("box1 is away: %q, %+v", now.Notices, now.Instances[0])
	}
	if now := j.Fleet(all[1:]); len(now.Instances) != 1 || NameOf(&now.Instances[0]) != "box2/C.20" || now.Instances[0].ID != InstanceID(20).On(0) {
		t.Errorf("box2 is alone: %+v", now.Instances)
	}
}

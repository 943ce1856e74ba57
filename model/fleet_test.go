package model

import (
	"testing"
)

func TestAFleetFindsItsOwn(t *testing.T) {
	f := Fleet{Devices: gpus(2), Instances: []Instance{{ID: 1}, {ID: 2, Label: "b"}}}
	if i, ok := f.Instance(2); !ok || i.Label != "b" {
		t.Errorf("instance 2 is %+v, %t", i, ok)
	}
	if d, ok := f.Device("GPU-1"); !ok || d.Index != 1 {
		t.Errorf("GPU-1 is %+v, %t", d, ok)
	}
	_, instance := f.Instance(3)
	_, device := f.Device("GPU-9")
	if instance || device {
		t.Error("something was found that isn't there")
	}
	if c := CapacityOf(f, Account{Owner: "maria"}); len(c.Devices) != 2 || c.Account.Owner != "maria" {
		t.Errorf("it has %+v to offer", c)
	}
}

func TestGPUsAreTheSameInAnyOrder(t *testing.T) {
	for _, tt := range []struct {
		name string
		a, b []GPUID
		same bool
	}{
		{"none", nil, []GPUID{}, true},
		{"in another order", []GPUID{"x", "y"}, []GPUID{"y", "x"}, true},
		{"one more", []GPUID{"x"}, []GPUID{"x", "y"}, false},
		{"one twice", []GPUID{"x", "y", "y"}, []GPUID{"x", "x", "y"}, false},
	} {
		if got := SameGPUs(tt.a, tt.b); got != tt.same {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

func TestAGPUIsFreeWhenNobodyIsOnIt(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Device)
		want   string // the expected obstacle
	}{
		{"nobody holds it", func(*Device) {}, ""},
		{"the driver's own bit of memory is no use", func(d *Device) { d.MemoryUsed = Known(2 * GiB) }, ""},
		{"how much it has isn't known, and some is used", func(d *Device) { d.Memory, d.MemoryUsed = 0, Known(GiB) },
			"1.0G of its memory is in use by something unseen, and how much it has isn't known"},
		{"how much it has isn't known, and none is used", func(d *Device) { d.Memory, d.MemoryUsed = 0, Known(Bytes(0)) }, ""},
		{"its memory is the machine's, which others use", func(d *Device) { d.Unified, d.MemoryUsed = true, Known(30*GiB) }, ""},
		{"more is used than the driver's bit", func(d *Device) { d.MemoryUsed = Known(3 * GiB) }, "3.0G of its memory is in use by something unseen"},
		{"it is unhealthy without a word", func(d *Device) { d.Health.OK = false }, "unhealthy"},
		{"someone is on a leased one", func(d *Device) { d.Holder = Holder{Kind: HeldInConflict, ID: "C.7", Name: "and pid 9"} }, "conflict: C.7 and pid 9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := gpu(0)
			tt.change(&d)
			if got := d.Obstacle(); got != tt.want || d.Free() != (tt.want == "") {
				t.Errorf("in its way: %q, free: %t; want %q", got, d.Free(), tt.want)
			}
		})
	}
	if free := (Holder{Kind: HeldByNobody}).String(); free != "free" {
		t.Errorf("nobody is called %s", free)
	}
}

// A regression test: the list, the details, JSON and doctor each used another condition, and five places showed a GPU
// as free whose memory was full but had no visible holder.
func TestEveryListSaysTheSameOfAGPU(t *testing.T) {
	tests := []struct {
		name    string
		change  func(*Device)
		kind    HolderKind
		holding string
	}{
		{"nobody has it", func(*Device) {}, HeldByNobody, "free"},
		{"something unseen uses its memory", func(d *Device) { d.MemoryUsed = Known(40 * GiB) }, HeldByUnknown,
			"40.0G of its memory is in use by something unseen"},
		{"it is ill", func(d *Device) { d.Health = Health{Reason: "lost"} }, HeldByIllness, "unhealthy: lost"},
		{"its holder uses its memory", func(d *Device) {
			d.MemoryUsed, d.Holder = Known(40*GiB), Holder{Kind: HeldByInstance, ID: "C.7"}
		}, HeldByInstance, "C.7"},
		{"it is ill, and somebody has it", func(d *Device) {
			d.Health, d.Holder = Health{Reason: "lost"}, Holder{Kind: HeldByInstance, ID: "C.7"}
		}, HeldByInstance, "unhealthy: lost; C.7"},
		{"nobody may see whose process it is", func(d *Device) { d.Holder = Holder{Kind: HeldByUnknown, ID: "42"} }, HeldByUnknown,
			"pid 42, whose this user may not see"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := gpu(0)
			tt.change(&d)
			if d.HolderKind() != tt.kind || d.Holding() != tt.holding || d.Free() != (tt.kind == HeldByNobody) {
				t.Errorf("kind %s, holding %q, free %t", d.HolderKind(), d.Holding(), d.Free())
			}
		})
	}
}

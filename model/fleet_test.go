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
		want   string // what stands in the way
	}{
		{"nobody holds it", func(*Device) {}, ""},
		{"the driver's own bit of memory is no use", func(d *Device) { d.MemoryUsed = Known(2 * GiB) }, ""},
		{"what is used of an unknown memory says nothing", func(d *Device) { d.Memory, d.MemoryUsed = 0, Known(GiB) }, ""},
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

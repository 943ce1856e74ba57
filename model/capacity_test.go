package model

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
)

// gpu returns a free, healthy H100. The first four are on NUMA node 0, the others on node 1.
func gpu(index int) Device {
	return Device{
		GPU: GPU{
			ID: GPUID(fmt.Sprintf("GPU-%d", index)), Index: index, Model: "NVIDIA H100 80GB HBM3",
			Memory: 80 * GiB, NUMA: index / 4, Links: map[GPUID]int{},
		},
		Reading: Reading{Health: Health{OK: true}},
		Holder:  Holder{Kind: HeldByNobody},
	}
}

func gpus(n int) []Device {
	devices := make([]Device, n)
	for i := range devices {
		devices[i] = gpu(i)
	}
	return devices
}

// eight returns a machine with eight GPUs, 64 cores, 1 TiB of memory and 1 TB of disk.
func eight() Capacity {
	return Capacity{
		Host: Host{
			Cores: 64, Memory: 1024 * GiB, MemoryReserve: 16 * GiB,
			DiskTotal: 1000 * GB, DiskReserve: 100 * GB, DiskPromised: 500 * GB, DiskHold: DiskEnforced,
		},
		Devices: gpus(8),
		Account: Account{Owner: "maria", Registries: []string{"ghcr.io"}},
	}
}

func TestProposeSaysWhatAnOrderGets(t *testing.T) {
	c := eight()
	c.Account.Env = []Var{{"HF_TOKEN", "account"}, {"TZ", "UTC"}}
	c.Account.Keys = []string{"ssh-ed25519 AAAA maria"}
	o := Order{Image: "pytorch:2.6", Mode: ModeJupyter, GPUs: 2, Disk: 20,
		Options: `-e HF_TOKEN=template -e HF_TOKEN=form -h box -p 22 -p 8081 -p 53/udp -p 70000`}
	got, faults := Propose(o, c)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	want := Plan{
		GPUs: []GPUID{"GPU-0", "GPU-1"}, GPUModel: "NVIDIA H100 80GB HBM3",
		WhyGPUs: []string{"no NVLink between them", "NUMA node 0"},
		Share:   ShareOf(c.Host, 2, 8, 0),
		Disk:    20 * GB, DiskHold: DiskEnforced,
		Ports: []Port{
			{Asked: 22, Internal: 22, Protocol: TCP, From: PortFromMode},
			{Asked: 8080, Internal: 8080, Protocol: TCP, From: PortFromMode},
			{Asked: 8081, Internal: 8081, Protocol: TCP, From: PortFromOptions},
			{Asked: 53, Internal: 53, Protocol: UDP, From: PortFromOptions},
			{Asked: 70000, Protocol: TCP, From: PortFromOptions},
		},
		Hostname: "box",
		Env:      []Var{{"HF_TOKEN", "form"}, {"TZ", "UTC"}},
		Keys:     []string{"ssh-ed25519 AAAA maria"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
}

func TestAnOrderLeavesOpenWhatHasADefault(t *testing.T) {
	got, faults := Propose(Order{Image: "ubuntu"}, eight())
	if len(faults) > 0 || got.Disk != 10*GB || got.Share.Fraction != DefaultShare || len(got.Ports) != 1 || got.Ports[0].Internal != 22 {
		t.Errorf("got %+v, %v; want 10 GB, a tenth of the machine and SSH's port", got, faults)
	}
	if o := (Order{PickGPUs: []GPUID{"a", "b"}}).WithDefaults(); o.GPUs != 2 || o.Share != 0 {
		t.Errorf("two picked GPUs became %+v", o)
	}
}

func TestHandPickedGPUsAreTheOnesGiven(t *testing.T) {
	got, faults := Propose(Order{Image: "ubuntu", PickGPUs: []GPUID{"GPU-6", "GPU-1"}}, eight())
	if len(faults) > 0 || !slices.Equal(got.GPUs, []GPUID{"GPU-1", "GPU-6"}) || got.WhyGPUs[0] != "picked by hand" {
		t.Errorf("got %v because %q, %v", got.GPUs, got.WhyGPUs, faults)
	}
}

func TestAGPUModelIsFoundByAPartOfItsName(t *testing.T) {
	c := eight()
	c.Devices[7].Model = "NVIDIA A100-SXM4-80GB"
	got, faults := Propose(Order{Image: "ubuntu", GPUs: 1, GPUModel: "a100"}, c)
	if len(faults) > 0 || !slices.Equal(got.GPUs, []GPUID{"GPU-7"}) || got.GPUModel != "NVIDIA A100-SXM4-80GB" {
		t.Errorf("got %v, a %s, %v", got.GPUs, got.GPUModel, faults)
	}
}

// A name of the platform's means the same in an order as in a filter. RTX 3090 once gave a 3090 Ti.
func TestAGPUModelIsFoundByThePlatformsName(t *testing.T) {
	c := eight()
	c.Devices[6].Model, c.Devices[7].Model = "NVIDIA GeForce RTX 3090", "NVIDIA GeForce RTX 3090 Ti"
	for typed, want := range map[string]GPUID{"RTX 3090": "GPU-6", "RTX_3090": "GPU-6", "3090": "GPU-6", "RTX_3090_Ti": "GPU-7", "nvidia geforce rtx 3090": "GPU-6", "RTX 4090": ""} {
		got, faults := Propose(Order{Image: "ubuntu", GPUs: 1, GPUModel: typed}, c)
		if want == "" && len(faults) != 1 || want != "" && !slices.Equal(got.GPUs, []GPUID{want}) {
			t.Errorf("%q got %v, %v", typed, got.GPUs, faults)
		}
	}
}

func TestAMIGInstanceIsAPartOfItsGPU(t *testing.T) {
	c := eight()
	for i := range 4 {
		part := gpu(0)
		part.ID, part.Parent, part.Model = GPUID(fmt.Sprintf("MIG-%d", i)), "GPU-0", "NVIDIA H100 MIG 1g.20gb"
		c.Devices = append(c.Devices, part)
	}
	whole, faults := Propose(Order{Image: "ubuntu", GPUs: 7}, c)
	if len(faults) > 0 || slices.Contains(whole.GPUs, "GPU-0") || whole.Share.Fraction != 7.0/8 {
		t.Errorf("seven whole ones: %v, %v of the machine, %v", whole.GPUs, whole.Share.Fraction, faults)
	}
	part, faults := Propose(Order{Image: "ubuntu", GPUs: 1, GPUModel: "mig"}, c)
	if len(faults) > 0 || part.GPUs[0] != "MIG-0" || part.Share.Fraction != 1.0/32 {
		t.Errorf("one part: %v, %v of the machine, %v", part.GPUs, part.Share.Fraction, faults)
	}
	if free := (Fleet{Devices: c.Devices}).FreeGPUs(); free != 11 {
		t.Errorf("%d units are free, want seven GPUs and four parts", free)
	}
}

func TestADiskThatCannotBeSeenPromisesWhatIsAsked(t *testing.T) {
	if faults := (Order{Image: "ubuntu", Disk: 5000}).Validate(Capacity{}); len(faults) != 0 {
		t.Error(faults)
	}
	if left := (Host{DiskTotal: GB, DiskPromised: TB}).DiskLeft(); left != Known(Bytes(0)) {
		t.Errorf("an over-promised disk has %v left, want none", left)
	}
}

// Propose must not panic on any order.
func FuzzPropose(f *testing.F) {
	f.Add("ubuntu:24.04", "label", `-e A="b" -p 70000`, "echo", "ssh", 2, 10.0, 0.0)
	f.Add("", "\x00", `'`, "\xff", "vnc", -1, math.NaN(), math.Inf(1))
	f.Add("a/b@sha256:", "", "-p 1-64", "", "jupyter", 1<<40, 1e300, -0.1)
	f.Fuzz(func(t *testing.T, image, label, options, onstart, mode string, n int, disk, share float64) {
		o := Order{Image: image, Label: label, Options: options, OnStart: onstart, Mode: Mode(mode), GPUs: n, Disk: disk, Share: share}
		plan, faults := Propose(o, eight())
		for _, fault := range faults {
			if !slices.Contains(fields, fault.Field) || fault.Reason == "" {
				t.Errorf("fault %+v", fault)
			}
		}
		if len(faults) == 0 && (plan.Disk < 10*GB || plan.Share.Fraction <= 0 || plan.Share.Fraction > 1 || len(plan.Ports) > MaxPorts) {
			t.Errorf("%+v is without fault and gets %+v", o, plan)
		}
	})
}

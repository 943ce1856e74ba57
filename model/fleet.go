package model

import (
	"strings"
	"time"
)

// A Fleet is everything known at one moment. It is a value: nobody changes one, they are replaced.
type Fleet struct {
	At        time.Time
	Host      Host
	Engine    Condition
	Driver    Condition
	Keeper    KeeperState
	Devices   []Device   // by index
	Instances []Instance // by id
	Notices   []string   // things every screen should say, such as a private state folder
}

// A Host is the computer itself.
type Host struct {
	Name          string // host name
	PublicIP      string // where its ports are reached; empty where unknown
	Cores         int
	Memory        Bytes
	MemoryReserve Bytes // kept for the host itself
	DiskTotal     Bytes // of the file system the engine keeps its data on
	DiskFree      Bytes
	DiskPromised  Bytes // sum of the leases
	DiskReserve   Bytes // kept free of promises: images and the host
	DiskMin       Bytes // the least an instance may ask for; 0: DefaultDisk
	DiskHold      DiskHold
	DiskWhy       string // why it is so
	EngineVersion string
	DriverVersion string
	GPUWay        string         // how GPUs are handed to containers, and why so; empty while unknown
	Simulated     string         // the simulated inventory, such as h100x8; empty for real GPUs
	Demo          bool           // the engine is in memory as well
	CPU           Maybe[Percent] // of all cores: 100 is the whole machine
	MemoryUsed    Maybe[Bytes]
	PortRange     PortRange
}

// Known reports whether the engine has said yet what the machine is.
func (h Host) Known() bool { return h.Cores > 0 && h.Memory > 0 }

// LeastDisk is the least disk an instance may ask for.
func (h Host) LeastDisk() Bytes {
	if h.DiskMin > 0 {
		return h.DiskMin
	}
	return DefaultDisk * GB
}

// DiskLeft is what can still be promised: the file system less its reserve and every lease. It is unknown
// where the file system can't be seen.
func (h Host) DiskLeft() Maybe[Bytes] {
	if h.DiskTotal == 0 {
		return Maybe[Bytes]{}
	}
	return Known(max(h.DiskTotal-h.DiskReserve-h.DiskPromised, 0))
}

// A PortRange is where external ports are taken from, both ends included.
type PortRange struct{ First, Last int }

// DefaultPorts lie outside the kernel's ephemeral range and Docker's own.
var DefaultPorts = PortRange{20000, 29999}

// Instance finds an instance.
func (f Fleet) Instance(id InstanceID) (Instance, bool) {
	for n := range f.Instances { // they are large: each is looked at where it is
		if f.Instances[n].ID == id {
			return f.Instances[n], true
		}
	}
	return Instance{}, false
}

// Device finds a GPU.
func (f Fleet) Device(id GPUID) (Device, bool) {
	for n := range f.Devices {
		if f.Devices[n].ID == id {
			return f.Devices[n], true
		}
	}
	return Device{}, false
}

// FreeGPUs counts those that can be given out now.
func (f Fleet) FreeGPUs() int {
	n := 0
	for _, d := range allocatable(f.Devices) {
		if d.Free() {
			n++
		}
	}
	return n
}

// A Condition says whether something outside answers.
type Condition struct {
	OK     bool
	Reason string    // what it said, and what to do
	Short  string    // the reason in two or three words; empty where nothing better than "no answer" is known
	Todo   string    // what to do alone, where Reason says it too
	Since  time.Time // when it was last heard of
}

// Down is the condition of what doesn't answer, with the reason.
func Down(err error, since time.Time) Condition {
	m, _ := MeaningIn(err)
	return Condition{Reason: err.Error(), Short: m.Short, Todo: m.Todo, Since: since}
}

// Cause is the reason without what to do about it.
func (c Condition) Cause() string {
	if c.Todo == "" {
		return c.Reason
	}
	return strings.Replace(c.Reason, ": "+c.Todo, "", 1)
}

// KeeperState says who fulfils the wishes.
type KeeperState struct {
	Here bool // this process is the keeper
	PID  int  // of the keeper; 0 where there is none
}

// Kept reports whether something runs, waits or is under way, so that the machine needs a keeper.
func (f Fleet) Kept() bool {
	for _, i := range f.Instances {
		if !i.Phase.Settled() {
			return true
		}
	}
	return false
}

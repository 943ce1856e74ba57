package model

import (
	"slices"
	"strings"
	"time"
)

// A Fleet is everything known about the machine at one moment. It is a value: it is never changed, only replaced.
type Fleet struct {
	At        time.Time
	Host      Host
	Engine    Condition
	Driver    Condition
	Keeper    KeeperState
	Devices   []Device   // by index
	Instances []Instance // by id
	Volumes   []Volume   // by name

	Reservations Reservations // that aren't over, by their beginnings; Devices has what they keep now
	Policy       Policy       // what the machine's owner has decided
	Notices      []string     // messages that every screen should show, such as that the state folder is private
	Unread       []string     // messages about containers of berth's that no instance stands for, because their labels can't be read

	// Machines are those that the fleet is of, if it is of several (Joined). A machine's own fleet has none.
	Machines []Machine `json:"-"`
}

// A Host is the machine itself.
type Host struct {
	Name          string // host name
	PublicIP      string // the address of its ports; empty if unknown
	Cores         int
	Memory        Bytes
	MemoryReserve Bytes // kept for the host itself
	DiskTotal     Bytes // of the file system that holds the engine's data
	DiskFree      Bytes
	DiskPromised  Bytes // the sum of all disk leases
	DiskReserve   Bytes // never promised: for images and the host
	DiskMin       Bytes // the smallest disk of an instance; 0 means DefaultDisk
	DiskHold      DiskHold
	DiskWhy       string // why DiskHold has this value
	EngineVersion string
	DriverVersion string
	GPUWay        string         // how GPUs are handed to containers, and why so; empty if unknown
	Simulated     string         // the simulated inventory, such as h100x8; empty for real GPUs
	Demo          bool           // the engine is simulated in memory as well
	Cluster       bool           // it is no machine but a Kubernetes cluster
	CPU           Maybe[Percent] // of all cores: 100 is the whole machine
	MemoryUsed    Maybe[Bytes]
	PortRange     PortRange
}

// Known reports whether the engine has already told the machine's cores and memory.
func (h Host) Known() bool { return h.Cores > 0 && h.Memory > 0 }

// LeastDisk returns the smallest disk that an order may ask for.
func (h Host) LeastDisk() Bytes {
	if h.DiskMin > 0 {
		return h.DiskMin
	}
	return DefaultDisk * GB
}

// DiskLeft returns what can still be promised: the file system's size minus its reserve and all leases. It is unknown
// if the file system's size is unknown.
func (h Host) DiskLeft() Maybe[Bytes] {
	if h.DiskTotal == 0 {
		return Maybe[Bytes]{}
	}
	return Known(max(h.DiskTotal-h.DiskReserve-h.DiskPromised, 0))
}

// A PortRange is the range of external ports, both ends included.
type PortRange struct{ First, Last int }

// DefaultPorts is outside the kernel's ephemeral port range and outside Docker's own.
var DefaultPorts = PortRange{20000, 29999}

// Instance finds an instance by id.
func (f Fleet) Instance(id InstanceID) (Instance, bool) {
	for n := range f.Instances { // by index: an Instance is large, and a range value would copy each one
		if f.Instances[n].ID == id {
			return f.Instances[n], true
		}
	}
	return Instance{}, false
}

// Device finds a GPU by id.
func (f Fleet) Device(id GPUID) (Device, bool) {
	for n := range f.Devices {
		if f.Devices[n].ID == id {
			return f.Devices[n], true
		}
	}
	return Device{}, false
}

// FreeGPUs counts the GPUs that can be given out now.
func (f Fleet) FreeGPUs() int {
	n := 0
	for _, m := range f.Machines {
		if m.Link.OK {
			n += m.Fleet.FreeGPUs()
		}
	}
	if len(f.Machines) > 0 {
		return n
	}
	for _, d := range allocatable(f.Devices) {
		if d.Free() {
			n++
		}
	}
	return n
}

// A Condition says whether an outside service answers.
type Condition struct {
	OK     bool
	Reason string    // its error, and what to do
	Short  string    // the reason in two or three words; empty if only "no answer" could be said
	Todo   string    // what to do, which Reason repeats; may be empty
	Since  time.Time // when it last answered
}

// Down returns the condition of a service that doesn't answer, with the error as its reason.
func Down(err error, since time.Time) Condition {
	m, _ := MeaningIn(err)
	return Condition{Reason: err.Error(), Short: m.Short, Todo: m.Todo, Since: since}
}

// Cause returns the reason without what to do about it.
func (c Condition) Cause() string {
	if c.Todo == "" {
		return c.Reason
	}
	return strings.Replace(c.Reason, ": "+c.Todo, "", 1)
}

// KeeperState says which process is the keeper.
type KeeperState struct {
	Here bool // this process is the keeper
	PID  int  // of the keeper; 0 if there is none
}

// NeedsKeeper reports whether the machine needs a keeper: some instance runs, waits or is being changed.
func (f Fleet) NeedsKeeper() bool {
	for _, i := range f.Instances {
		if !i.Phase.Settled() {
			return true
		}
	}
	return slices.ContainsFunc(f.Volumes, func(v Volume) bool { return v.Removing })
}

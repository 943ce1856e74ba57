package model

import "time"

// A Fleet is everything known at one moment. It is a value: nobody changes one, they are replaced.
type Fleet struct {
	At        time.Time
	Machine   Machine
	Engine    Condition
	Driver    Condition
	Keeper    KeeperState
	Devices   []Device   // by index
	Instances []Instance // by id
	Notices   []string   // things every screen should say, such as a private state folder
}

// A Machine is the computer itself.
type Machine struct {
	Name          string // host name
	PublicIP      string // where its ports are reached; empty where unknown
	Cores         int
	Memory        Bytes
	MemoryReserve Bytes // kept for the host itself
	DiskTotal     Bytes // of the file system the engine keeps its data on
	DiskFree      Bytes
	DiskPromised  Bytes // sum of the leases
	DiskReserve   Bytes // kept free of promises: images and the host
	DiskHold      DiskHold
	EngineVersion string
	DriverVersion string
	Simulated     string         // the simulated inventory, such as h100x8; empty for real GPUs
	Demo          bool           // the engine is in memory as well
	CPU           Maybe[Percent] // of all cores: 100 is the whole machine
	MemoryUsed    Maybe[Bytes]
	PortRange     PortRange
}

// A PortRange is where external ports are taken from, both ends included.
type PortRange struct{ First, Last int }

// A Condition says whether something outside answers.
type Condition struct {
	OK     bool
	Reason string    // what it said, and what to do
	Since  time.Time // when it was last heard of
}

// KeeperState says who fulfils the wishes.
type KeeperState struct {
	Here bool // this process is the keeper
	PID  int  // of the keeper; 0 where there is none
}

package model

import (
	"cmp"
	"time"
)

// An Instance is one promise: an order, the plan it got, and how far it has come.
type Instance struct {
	ID    InstanceID
	Owner string // user name of who launched it
	Label string // display name, changeable any time
	Order Order
	Plan  Plan

	Wish    int64 // raised by each order: what was seen of an older one counts no more
	Turn    int64 // of the last order among those on all instances: who waits for GPUs gets them in this order
	Intent  Intent
	Phase   Phase
	Message string   // the last event in words; engine errors verbatim
	Pull    Progress // while loading

	Container string  // the engine's id; empty before create
	GPUs      []GPUID // held now; empty while stopped
	ExitCode  Maybe[int]

	AskedAt   time.Time // when it was launched, or last asked to start
	CreatedAt time.Time
	Starting  bool      // a start of its container is under way, or its moment isn't known for sure
	StartedAt time.Time // of the container's last start, as the engine has it
	EndedAt   time.Time // when it last stopped running

	// Silent are the ports inside where a web server is expected and doesn't answer, and why, as last seen while it ran.
	Silent map[int]string
	// Secure are those where one answers in TLS.
	Secure []int

	Standing Standing // of its container, where that is something no order leads to

	Use   Use
	Guest GuestStatus // what the launcher inside says; zero where there is none, or it can't be read
}

// An Intent is what its owner wants of an instance.
type Intent string

// What can be wanted.
const (
	WantRunning   Intent = "running"
	WantStopped   Intent = "stopped"
	WantDestroyed Intent = "destroyed"
)

// A Phase is how far an instance has come.
type Phase string

// The phases, roughly in the order they are lived through.
const (
	PhaseCreating   Phase = "creating"   // promised; the keeper hasn't begun
	PhaseLoading    Phase = "loading"    // its image is being pulled
	PhaseStarting   Phase = "starting"   // its container is made or kept, and is being started
	PhaseConnecting Phase = "connecting" // the container runs, its services don't answer yet
	PhaseRunning    Phase = "running"    // it answers
	PhaseStopping   Phase = "stopping"
	PhaseStopped    Phase = "stopped"
	PhaseExited     Phase = "exited"     // its main process ended by itself
	PhaseScheduling Phase = "scheduling" // waits for GPUs
	PhaseRebooting  Phase = "rebooting"
	PhaseRecycling  Phase = "recycling"
	PhaseFailed     Phase = "failed" // could not be made or started; Message says why
	PhaseLost       Phase = "lost"   // its container was removed by someone else
	PhaseDestroying Phase = "destroying"
)

// An Action is something a user can order an instance to do.
type Action string

// The actions.
const (
	ActionStart Action = "start"
	// ActionNewPorts is a start on other ports: its container is made anew from its own files.
	ActionNewPorts Action = "start on new ports"
	ActionStop     Action = "stop"
	ActionReboot   Action = "reboot"
	ActionRecycle  Action = "recycle"
	ActionDestroy  Action = "destroy"
)

// Image is what the instance's container is made from: what it ordered, or what was kept of it.
func (i Instance) Image() string { return cmp.Or(i.Plan.Kept, i.Order.Image) }

// LosesFiles reports whether nothing that an instance has written outlives the action.
func (a Action) LosesFiles() bool { return a == ActionRecycle || a == ActionDestroy }

// Progress is how far a pull is. Totals grow as layers become known.
type Progress struct {
	Layers      int // known
	LayersDone  int
	Bytes       Bytes
	BytesTotal  Bytes
	BytesPerSec Bytes
	Detail      []LayerProgress `json:",omitempty"`
}

// LayerProgress is one layer of a pull.
type LayerProgress struct {
	ID     string // its first twelve digits
	Status string // the engine's word: Downloading, Extracting, Pull complete, …
	Bytes  Bytes
	Total  Bytes
}

// Use is what an instance takes of the machine now.
type Use struct {
	CPU        Maybe[Percent] // 100 is one core
	Memory     Maybe[Bytes]
	Disk       Maybe[Bytes]
	NetIn      Maybe[Bytes] // since its start
	NetOut     Maybe[Bytes]
	At         time.Time
	IdleSince  time.Time // when its GPUs last fell idle and stayed so
	IdleLonger bool      // they may have been so before
}

package model

import (
	"cmp"
	"time"
)

// An Instance is one promise to a user: the order, the plan made for it, and its current state.
type Instance struct {
	ID    InstanceID
	Owner string // name of the user who launched it
	Label string // display name; can be changed at any time
	// Machine is its machine's name among several; empty where there is one.
	Machine string `json:",omitempty"`
	Order   Order
	Plan    Plan

	Wish    int64 // number of the last wish; what was observed under an older one is ignored
	Turn    int64 // number of the last wish, counted over all instances: the queue for GPUs is in this order
	Intent  Intent
	Phase   Phase
	Message string   // the last event as a sentence; errors of the engine verbatim
	Pull    Progress // valid while loading

	Container string  // the engine's container id; empty before the container is created
	GPUs      []GPUID // GPUs held now; empty while stopped
	ExitCode  Maybe[int]

	AskedAt   time.Time // when it was launched or last asked to start
	CreatedAt time.Time
	Starting  int64     // the wish that its container was last started for, while that start's time isn't written; 0: none
	StartedAt time.Time // the container's last start, as the engine reports it
	EndedAt   time.Time // when it last stopped running

	// Silent maps each internal port on which a web server is expected but doesn't answer to the reason. It keeps what
	// was last observed while the instance ran.
	Silent map[int]string
	// Secure lists the internal ports on which a web server answers in TLS.
	Secure []int

	InLine InLine // its place in the line for GPUs, while it waits

	Standing Standing // the container's state, if no order leads to that state

	Use   Use
	Guest GuestStatus // the launcher's report; zero if there is no launcher or its report can't be read
}

// An Intent is the state that the owner wants the instance to be in.
type Intent string

// The intents.
const (
	WantRunning   Intent = "running"
	WantStopped   Intent = "stopped"
	WantDestroyed Intent = "destroyed"
)

// A Phase is the stage of an instance's life.
type Phase string

// The phases, roughly in the order in which an instance passes through them.
const (
	PhaseCreating   Phase = "creating"   // accepted; the keeper hasn't begun
	PhaseLoading    Phase = "loading"    // its image is being pulled
	PhaseStarting   Phase = "starting"   // its container is created or exists already, and is being started
	PhaseConnecting Phase = "connecting" // the container runs, but its services don't answer yet
	PhaseRunning    Phase = "running"    // it runs and answers
	PhaseStopping   Phase = "stopping"
	PhaseStopped    Phase = "stopped"
	PhaseExited     Phase = "exited"     // its main process ended by itself
	PhaseScheduling Phase = "scheduling" // it waits for GPUs
	PhaseRebooting  Phase = "rebooting"
	PhaseRecycling  Phase = "recycling"
	PhaseFailed     Phase = "failed" // it couldn't be created or started; Message says why
	PhaseLost       Phase = "lost"   // its container was removed by someone else
	PhaseDestroying Phase = "destroying"
)

// An Action is something that a user can order for an instance.
type Action string

// The actions.
const (
	ActionStart Action = "start"
	// ActionNewPorts is a start on other ports. The container is created again from its own files, because a
	// container's ports can't be changed.
	ActionNewPorts Action = "start on new ports"
	ActionStop     Action = "stop"
	ActionReboot   Action = "reboot"
	ActionRecycle  Action = "recycle"
	ActionDestroy  Action = "destroy"
)

// Image returns the image that the instance's container is made from: the ordered one, or the image of its own files.
func (i Instance) Image() string { return cmp.Or(i.Plan.Kept, i.Order.Image) }

// HeldSince is when the instance got the GPUs that it holds, as far as known.
func HeldSince(i Instance) time.Time {
	if i.StartedAt.After(i.AskedAt) {
		return i.StartedAt
	}
	return i.AskedAt
}

// LosesFiles reports whether the action deletes everything that the instance has written.
func (a Action) LosesFiles() bool { return a == ActionRecycle || a == ActionDestroy }

// Progress is the progress of a pull. Totals grow as layers become known.
type Progress struct {
	Layers      int // layers known so far
	LayersDone  int
	Bytes       Bytes
	BytesTotal  Bytes
	BytesPerSec Bytes
	Detail      []LayerProgress `json:",omitempty"`
}

// LayerProgress is one layer of a pull.
type LayerProgress struct {
	ID     string // the first twelve digits of its digest
	Status string // the engine's word: Downloading, Extracting, Pull complete, …
	Bytes  Bytes
	Total  Bytes
}

// Use is the resources that an instance uses now.
type Use struct {
	CPU        Maybe[Percent] // 100 is one core
	Memory     Maybe[Bytes]
	Disk       Maybe[Bytes]
	NetIn      Maybe[Bytes] // since its start
	NetOut     Maybe[Bytes]
	At         time.Time
	IdleSince  time.Time // when the current idle time of all its GPUs began
	IdleLonger bool      // they may have been idle before IdleSince
}

package model

import (
	"slices"
	"strings"
	"time"
)

// A GPU is the part of a device that never changes while the driver runs.
type GPU struct {
	ID     GPUID
	Index  int    // the driver's current number; shown to people, never used as identity
	Minor  int    // N of /dev/nvidiaN; -1 if the driver doesn't tell
	Model  string // the driver's name, such as "NVIDIA H100 80GB HBM3"
	Memory Bytes  // 0 if unknown
	// Unified marks a GPU without memory of its own. It uses the machine's memory, as other processes do.
	Unified bool
	NUMA    int    // NUMA node; -1 if unknown
	PCI     string // bus address
	Parent  GPUID  // set for a MIG instance: the GPU that it is a part of
	// Links counts the NVLinks to each other GPU. GPUs behind one switch count as linked to each other.
	Links map[GPUID]int
}

// ShortModel is the model without NVIDIA and the memory's type: H100 80GB for "NVIDIA H100 80GB HBM3".
func (g GPU) ShortModel() string {
	var words []string
	for _, word := range strings.Fields(g.Model) {
		if word != "NVIDIA" && !strings.HasPrefix(word, "HBM") {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// Board returns the id of the whole GPU: its own, or that of the GPU that it is a part of.
func (g GPU) Board() GPUID {
	if g.Parent != "" {
		return g.Parent
	}
	return g.ID
}

// SameGPUs reports whether two lists contain the same GPUs, in any order.
func SameGPUs(a, b []GPUID) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// ShareGPUs reports whether two lists have a GPU in common.
func ShareGPUs(a, b []GPUID) bool {
	return slices.ContainsFunc(a, func(id GPUID) bool { return slices.Contains(b, id) })
}

// A Reading is the sensor values of one GPU at one moment.
type Reading struct {
	At          time.Time
	Utilization Maybe[Percent]
	MemoryUsed  Maybe[Bytes]
	Temperature Maybe[Celsius]
	Power       Maybe[Watts]
	PowerLimit  Maybe[Watts]
	Clock       Maybe[Megahertz] // of the streaming multiprocessors
	MemoryClock Maybe[Megahertz]
	Slowed      string // what keeps its clocks low; empty if nothing does or if that is unknown
	Processes   []Process
	Health      Health
	// MemoryErrors counts the errors that ECC couldn't correct since the driver was loaded.
	MemoryErrors Maybe[uint64]
	Xids         []XidSeen // what the driver has reported to this process, oldest first
}

// Health says whether a GPU may be given out. If not, Reason says why.
type Health struct {
	OK     bool
	Reason string
}

// A Process is a process that the driver reports on a GPU.
type Process struct {
	PID     int
	Memory  Maybe[Bytes]
	User    string
	Command string
	// Container is the 64-digit id of the process's container. It is empty for a process of the host.
	Container string
	// Hidden marks a process whose user and command this user may not see. Its container may be known all the same.
	Hidden bool
	// Graphics marks a process that only draws. It is shown, but doesn't make the GPU busy.
	Graphics bool
}

// HolderKind says what kind of holder a GPU has.
type HolderKind string

// The kinds of holders.
const (
	HeldByNobody    HolderKind = "free"
	HeldByInstance  HolderKind = "instance"  // an instance has it leased
	HeldByContainer HolderKind = "container" // a container that isn't berth's claims it
	HeldByProcess   HolderKind = "process"   // a process of the host computes on it
	HeldByUnknown   HolderKind = "unknown"   // something computes on it, and this user may not see whose it is
	HeldInConflict  HolderKind = "conflict"  // it is leased, and someone else uses it too
	HeldByIllness   HolderKind = "unhealthy" // nobody has it, and it isn't given out
	HeldForWaiter   HolderKind = "kept"      // nobody has it; it is kept for the waiter that asked first

	HeldForReservation HolderKind = "reserved" // nobody has it; it is kept for who has reserved it
)

// A Holder is who has a GPU now.
type Holder struct {
	Kind  HolderKind
	ID    string    // C.1012, the first twelve digits of a container's id, or a pid
	Name  string    // label, container name or command
	Owner string    // user name
	Since time.Time `json:"-"` // since when an instance holds or waits; zero if unknown
	Ends  time.Time `json:"-"` // when an instance's time or a reservation is over; zero: nothing ends it
}

// A Device is one GPU with everything known about it at one moment.
type Device struct {
	GPU
	Reading
	Holder  Holder
	Machine string `json:",omitempty"` // its machine's name among several; empty where there is one
	// IdleSince is when its current idle time began. It is zero while the GPU works or while that is unknown.
	IdleSince time.Time
	// IdleLonger marks a GPU that was idle already at its first reading, so it may have been idle before IdleSince.
	IdleLonger bool
	Events     []GPUEvent // what the driver has reported of it, as the ledger has it, newest first
}

// Free reports whether the GPU may be given out: nobody holds it, it is healthy, and its memory is empty except for
// what the driver itself uses (under 3 %).
func (d Device) Free() bool { return d.Obstacle() == "" }

// Obstacle returns the reason why the GPU can't be given out, or "" if it can.
func (d Device) Obstacle() string {
	if d.held() {
		return d.Holder.String()
	}
	return d.Trouble()
}

func (d Device) held() bool { return d.Holder.Kind != HeldByNobody && d.Holder.Kind != "" }

// Trouble returns a reason against giving the GPU out that doesn't depend on its holder: it is unhealthy, or its memory
// is used by something that can't be seen. For a held GPU only its health counts, because its holder uses the memory.
func (d Device) Trouble() string {
	switch {
	case !d.Health.OK && d.Health.Reason == "":
		return "unhealthy"
	case !d.Health.OK:
		return "unhealthy: " + d.Health.Reason
	case d.held():
		return ""
	}
	return d.unseen()
}

// unseen returns a sentence if something that can't be seen uses the GPU's memory, or "". If the GPU's total memory is
// unknown, any use counts. Unified memory is ignored: the whole machine uses it.
func (d Device) unseen() string {
	const driversOwn = 0.03
	used, known := d.MemoryUsed.Get()
	switch {
	case !known || d.Unified || used == 0:
		return ""
	case d.Memory == 0:
		return used.Binary() + " of its memory is in use by something unseen, and how much it has isn't known"
	case float64(used) >= driversOwn*float64(d.Memory):
		return used.Binary() + " of its memory is in use by something unseen"
	}
	return ""
}

// HolderKind returns the kind of the GPU's holder. It is HeldByNobody only if the GPU can be given out.
func (d Device) HolderKind() HolderKind {
	switch {
	case d.held():
		return d.Holder.Kind
	case !d.Health.OK:
		return HeldByIllness
	case d.unseen() != "":
		return HeldByUnknown
	}
	return HeldByNobody
}

// Holding says who has the GPU, or why nobody can get it. Every list shows this text as the GPU's holder.
func (d Device) Holding() string {
	obstacle, trouble := d.Obstacle(), d.Trouble()
	switch {
	case obstacle == "":
		return string(HeldByNobody)
	case d.held() && trouble != "":
		return trouble + "; " + obstacle
	}
	return obstacle
}

// String names the holder: C.1012 llama-ft (maria), or outside: pid 4242 python (root).
func (h Holder) String() string {
	words := make([]string, 0, 3)
	for _, word := range []string{h.ID, h.Name} {
		if word != "" {
			words = append(words, word)
		}
	}
	if h.Owner != "" {
		words = append(words, "("+h.Owner+")")
	}
	who := strings.Join(words, " ")
	switch h.Kind {
	case HeldByContainer:
		return "outside: container " + who
	case HeldByProcess:
		return "outside: pid " + who
	case HeldByUnknown:
		return "pid " + who + ", whose this user may not see"
	case HeldInConflict:
		return "conflict: " + who
	case HeldByInstance:
		return who
	case HeldForWaiter:
		return "kept for " + who + ", who asked first"
	case HeldForReservation:
		return "reserved for " + h.Owner + ", " + h.Name + " (" + h.ID + ")"
	default:
		return string(HeldByNobody)
	}
}

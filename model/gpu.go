package model

import (
	"slices"
	"strings"
	"time"
)

// A GPU is what never changes about a device while the driver runs.
type GPU struct {
	ID     GPUID
	Index  int    // the driver's number now; for people, never for identity
	Minor  int    // N of /dev/nvidiaN; -1 where the driver doesn't say
	Model  string // the driver's name, such as "NVIDIA H100 80GB HBM3"
	Memory Bytes  // 0 where unknown
	// Unified marks one without memory of its own: it computes in the machine's, which others use too.
	Unified bool
	NUMA    int    // NUMA node; -1 where unknown
	PCI     string // bus id
	Parent  GPUID  // of a MIG instance: the GPU it is a part of
	// Links counts the NVLinks to each other GPU. GPUs behind one switch count as linked to each other.
	Links map[GPUID]int
}

// ShortModel is the model without what every name says: H100 80GB for "NVIDIA H100 80GB HBM3".
func (g GPU) ShortModel() string {
	var words []string
	for _, word := range strings.Fields(g.Model) {
		if word != "NVIDIA" && !strings.HasPrefix(word, "HBM") {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// SameGPUs reports whether two lists name the same GPUs, in any order.
func SameGPUs(a, b []GPUID) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// ShareGPUs reports whether two lists have a GPU in common.
func ShareGPUs(a, b []GPUID) bool {
	return slices.ContainsFunc(a, func(id GPUID) bool { return slices.Contains(b, id) })
}

// A Reading is what the sensors said of one GPU at one moment.
type Reading struct {
	At          time.Time
	Utilization Maybe[Percent]
	MemoryUsed  Maybe[Bytes]
	Temperature Maybe[Celsius]
	Power       Maybe[Watts]
	PowerLimit  Maybe[Watts]
	Clock       Maybe[Megahertz] // of the streaming multiprocessors
	MemoryClock Maybe[Megahertz]
	Slowed      string // what keeps its clocks down, in words; empty where nothing does, or where that isn't known
	Processes   []Process
	Health      Health
}

// Health says whether a GPU may be given out and, if not, why in words.
type Health struct {
	OK     bool
	Reason string
}

// A Process is one that the driver saw on a GPU.
type Process struct {
	PID     int
	Memory  Maybe[Bytes]
	User    string
	Command string
	// Container is the 64-digit id of the container it runs in, or empty for a process of the host.
	Container string
	// Hidden marks one that is there, but whose owner and container this user may not see.
	Hidden bool
	// Graphics marks one that only draws: shown, but it doesn't make the GPU busy.
	Graphics bool
}

// HolderKind says what sort of thing has a GPU.
type HolderKind string

// What can hold a GPU.
const (
	HeldByNobody    HolderKind = "free"
	HeldByInstance  HolderKind = "instance"  // a lease of ours
	HeldByContainer HolderKind = "container" // a container that isn't ours claims it
	HeldByProcess   HolderKind = "process"   // a process of the host computes on it
	HeldByUnknown   HolderKind = "unknown"   // a process computes on it, and this user may not see whose it is
	HeldInConflict  HolderKind = "conflict"  // leased, and someone else is on it as well
	HeldByIllness   HolderKind = "unhealthy" // nobody has it, and nobody gets it
)

// A Holder is who has a GPU now.
type Holder struct {
	Kind  HolderKind
	ID    string // C.1012, a container id's first twelve digits, or a pid
	Name  string // label, container name or command
	Owner string // user name
}

// A Device is one GPU with everything known of it at one moment.
type Device struct {
	GPU
	Reading
	Holder Holder
	// IdleSince is when it last did nothing and went on doing nothing; zero while it works or is unknown.
	IdleSince time.Time
	// IdleLonger marks one that was at rest when first looked at: it may have been so before IdleSince too.
	IdleLonger bool
}

// Free reports whether the GPU may be given out: nobody holds it, it is healthy, and its memory is empty
// but for what the driver itself takes (about 3 %).
func (d Device) Free() bool { return d.Obstacle() == "" }

// Obstacle says in words why the GPU can't be given out; it is empty where it can.
func (d Device) Obstacle() string {
	if d.held() {
		return d.Holder.String()
	}
	return d.Trouble()
}

func (d Device) held() bool { return d.Holder.Kind != HeldByNobody && d.Holder.Kind != "" }

// Trouble is what speaks against giving the GPU out whoever holds it: that it is ill, or that nobody who can be seen
// uses its memory. Of a GPU that is held only its health counts, since its holder uses the memory.
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

// unseen says that somebody who can't be seen uses the GPU's memory; it is empty where nobody does. Where the total isn't
// known, any use counts. Memory that the whole machine shares is no sign of anybody.
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

// HolderKind is the kind of who has the GPU: it is free only where nothing stands in the way of giving it out.
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

// Holding says who has the GPU, or why nobody gets it: what every list shows as its holder.
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

// String says who it is: C.1012 llama-ft (maria), or outside: python 4242 (root).
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
	default:
		return string(HeldByNobody)
	}
}

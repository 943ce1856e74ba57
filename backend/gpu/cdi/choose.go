package cdi

import (
	"fmt"
	"slices"
)

// A Way is how GPUs are handed to containers.
type Way string

// The ways, best first.
const (
	WayCDI     Way = "cdi"     // the engine resolves our device name at each start
	WayRuntime Way = "runtime" // NVIDIA's runtime does, on engines that don't
	WayFixed   Way = "fixed"   // UUIDs set at create: a start may have to wait for the very same GPUs
	WayNone    Way = "none"    // no GPU can be handed in
)

// An Offer is what an engine and its machine bring for handing GPUs in.
type Offer struct {
	Simulated   bool     // the GPUs aren't real
	Local       bool     // the engine runs on this machine
	CDISpecDirs []string // as the engine tells; empty where CDI is off or unknown to it
	Runtimes    []string // the engine's
	HostSpec    bool     // something describes the host's GPUs (ReadHost)
	Toolkit     string   // version of nvidia-ctk; empty where it isn't installed
	Root        bool     // we may write to the spec folders ourselves
}

// A Choice is the way taken and why, in words for doctor and details.
type Choice struct {
	Way Way
	Dir Folder // of the spec files; empty for ways without
	// Helper says that files go in through a helper container, for want of root.
	Helper bool
	Why    string
}

const (
	lastingDir = "/etc/cdi" // survives a reboot, and is read by every engine and by NVIDIA's runtime
	runtime    = "nvidia"
)

// Choose takes the best way of those on offer.
func Choose(o Offer) Choice {
	switch {
	case o.Simulated:
		return Choice{Way: WayNone, Why: "the GPUs are simulated: none is handed in"}
	case !o.Local:
		return Choice{Way: WayNone, Why: "the engine runs on another machine: these GPUs aren't its"}
	case len(o.CDISpecDirs) > 0 && o.HostSpec:
		return o.withSpecs(WayCDI, specDir(o.CDISpecDirs), "the engine reads CDI specs")
	case slices.Contains(o.Runtimes, runtime) && o.HostSpec && atLeast(o.Toolkit, 1, 14):
		return o.withSpecs(WayRuntime, lastingDir, "the engine has no CDI; NVIDIA's runtime "+o.Toolkit+" reads the specs")
	case slices.Contains(o.Runtimes, runtime) || o.Toolkit != "":
		return Choice{Way: WayFixed, Why: "neither CDI nor NVIDIA's runtime from 1.14 with a spec of the host: " +
			"an instance starts again only on the GPUs it was created with"}
	}
	return Choice{Way: WayNone, Why: "no way to hand a GPU in: install nvidia-container-toolkit"}
}

func (o Offer) withSpecs(way Way, dir Folder, why string) Choice {
	c := Choice{Way: way, Dir: dir, Helper: !o.Root, Why: why + " in " + string(dir)}
	if c.Helper {
		c.Why += ", written through a helper container for want of root"
	}
	return c
}

// specDir is the folder of an engine's to write to: the lasting one if it reads that, else the one whose
// specs win over the others', which is the last.
func specDir(dirs []string) Folder {
	if slices.Contains(dirs, lastingDir) {
		return lastingDir
	}
	return Folder(dirs[len(dirs)-1])
}

// atLeast compares the first two numbers of a version. One that can't be read is too old.
func atLeast(version string, major, minor int) bool {
	var x, y int
	if n, _ := fmt.Sscanf(version, "%d.%d", &x, &y); n != 2 {
		return false
	}
	return x > major || x == major && y >= minor
}

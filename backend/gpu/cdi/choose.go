package cdi

import (
	"fmt"
	"slices"
)

// A Way is a way to hand GPUs to containers.
type Way string

// The ways, best first.
const (
	WayCDI     Way = "cdi"     // the engine resolves our device name at each start
	WayRuntime Way = "runtime" // NVIDIA's runtime resolves it, on engines that can't
	WayFixed   Way = "fixed"   // UUIDs set at create: a start may have to wait for the very same GPUs
	WayNone    Way = "none"    // no container can get a GPU
)

// An Offer is how an engine and its machine can give containers GPUs.
type Offer struct {
	Simulated   bool     // the GPUs are simulated
	Local       bool     // the engine runs on this machine
	CDISpecDirs []string // as the engine reports; empty: CDI is off, or the engine doesn't know it
	Runtimes    []string // the engine's
	HostSpec    bool     // there is a description of the host's GPUs (ReadHost)
	Toolkit     string   // version of nvidia-ctk; empty: not installed
	Root        bool     // this process may write to the spec folders itself
}

// A Choice is the way chosen, and why, in words for doctor and details.
type Choice struct {
	Way Way
	Dir Folder // of the spec files; empty for ways without
	// Helper says that files are written through a helper container, because this process isn't root.
	Helper bool
	Why    string
}

const (
	lastingDir = "/etc/cdi" // survives a reboot; every engine and NVIDIA's runtime read it
	runtime    = "nvidia"
)

// Choose takes the best way that the offer allows.
func Choose(o Offer) Choice {
	switch {
	case o.Simulated:
		return Choice{Way: WayNone, Why: "the GPUs are simulated: no container gets one"}
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

// specDir returns the engine's folder to write specs to: /etc/cdi if the engine reads it, otherwise the last folder,
// because its specs override those of the others.
func specDir(dirs []string) Folder {
	if slices.Contains(dirs, lastingDir) {
		return lastingDir
	}
	return Folder(dirs[len(dirs)-1])
}

// atLeast compares the first two numbers of a version. An unreadable version is too old.
func atLeast(version string, major, minor int) bool {
	var x, y int
	if n, _ := fmt.Sscanf(version, "%d.%d", &x, &y); n != 2 {
		return false
	}
	return x > major || x == major && y >= minor
}

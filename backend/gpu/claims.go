package gpu

import (
	"slices"
	"strconv"
	"strings"

	"berth/model"
)

// Claims is every way in which a container was given GPUs at its creation. It has the fields of the
// engine's claims, in their order, so that one converts into the other.
type Claims struct {
	All       bool     // --gpus all
	Count     int      // --gpus N
	IDs       []string // UUIDs, indexes or CDI names, as asked
	Devices   []string // /dev/nvidiaN
	Runtime   string   // when it is one of NVIDIA's, Visible counts
	Visible   string   // NVIDIA_VISIBLE_DEVICES
	Privilege bool     // sees every device, but asked for none
}

// cover reports whether the claims include a GPU. part is its place among the MIG instances of its GPU; 0
// for a whole one. A claim on a GPU is one on each MIG instance of it.
//
// Privilege alone is no claim. Monitoring agents, backup tools and nested engines are privileged and never
// touch a GPU. If a privileged container held every GPU, one such agent would block the whole machine. One that
// does compute is found by its process (Holders), and Onlookers names them all.
func (c Claims) cover(d model.Device, part int) bool {
	named := func(name string) bool { return names(name, d, part) }
	switch {
	case c.All, c.Count < 0:
		return true
	case d.Index < c.Count: // any N, says Docker; it takes the first N
		return true
	case slices.ContainsFunc(c.IDs, named):
		return true
	case d.Minor >= 0 && slices.Contains(c.Devices, "/dev/nvidia"+strconv.Itoa(d.Minor)):
		return true
	case strings.HasPrefix(c.Runtime, "nvidia"): // also nvidia-cdi and nvidia-legacy
		return slices.ContainsFunc(strings.Split(c.Visible, ","), named)
	}
	return false
}

// names reports whether one of the forms in which people name GPUs means this one: "all", an index, "0:1"
// for a MIG instance, a UUID or the beginning of one, each also as a CDI name of NVIDIA's.
func names(name string, d model.Device, part int) bool {
	name = strings.TrimSpace(name)
	if kind, device, cdi := strings.Cut(name, "="); cdi {
		if !strings.HasPrefix(kind, "nvidia.com/") {
			return false
		}
		name = device
	}
	if name == "all" {
		return true
	}
	gpu, slot, isPart := strings.Cut(name, ":")
	if index, err := strconv.Atoi(gpu); err == nil {
		return index == d.Index && (!isPart || d.Parent != "" && slot == strconv.Itoa(part))
	}
	return begins(d.ID, name) || begins(d.Parent, name) || d.Parent != "" && inside(d.Parent, name)
}

// begins reports whether name is a UUID or enough of its beginning: NVIDIA's tools accept that.
func begins(id model.GPUID, name string) bool {
	prefixes := len("GPU-") // or MIG-
	return len(name) > prefixes && len(name) <= len(id) && strings.EqualFold(string(id[:len(name)]), name)
}

// inside reports whether name is the old form of a MIG instance of a GPU, MIG-GPU-…/1/0. The name doesn't say
// which instance, so it counts for each of them: one GPU too many that counts as held does no harm.
func inside(parent model.GPUID, name string) bool {
	return strings.HasPrefix(strings.ToLower(name), "mig-"+strings.ToLower(string(parent))+"/")
}

package gpu

import (
	"slices"
	"strconv"
	"strings"

	"berth/model"
)

// Claims are all the ways in which a container was given GPUs at create. It has the fields of engine.Claims in the same
// order, so that one converts to the other.
type Claims struct {
	All       bool     // --gpus all
	Count     int      // --gpus N
	IDs       []string // UUIDs, indexes or CDI names, as given
	Devices   []string // /dev/nvidiaN
	Runtime   string   // if it is one of NVIDIA's, Visible counts
	Visible   string   // NVIDIA_VISIBLE_DEVICES
	Privilege bool     // sees every device, but asked for none
}

// cover reports whether the claims include a GPU or MIG instance. part is a MIG instance's position among the instances
// of its GPU; 0 for a whole GPU. A claim on a GPU is a claim on each of its MIG instances.
//
// Privilege alone is no claim. Monitoring agents, backup tools and nested engines are privileged and never touch a GPU.
// If a privileged container held every GPU, one such agent would block the whole machine. A privileged container that
// does compute is found by its process (Holders), and PrivilegedNames names them all.
func (c Claims) cover(d model.Device, part int) bool {
	named := func(name string) bool { return names(name, d, part) }
	switch {
	case c.All, c.Count < 0:
		return true
	case d.Index < c.Count: // Docker promises any N, and takes the first N
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

// names reports whether a name means this GPU. People name GPUs as "all", by index, as "0:1" for a MIG instance, or by
// a UUID or its beginning; each form also as a CDI name of NVIDIA's.
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

// begins reports whether name is a UUID or enough of its beginning, which NVIDIA's tools accept.
func begins(id model.GPUID, name string) bool {
	prefixes := len("GPU-") // or MIG-
	return len(name) > prefixes && len(name) <= len(id) && strings.EqualFold(string(id[:len(name)]), name)
}

// inside reports whether name is the old form of a MIG instance's name, MIG-GPU-…/1/0, for this GPU. The name doesn't
// say which instance, so it counts for all of them: a GPU that counts as held without being held does no harm.
func inside(parent model.GPUID, name string) bool {
	return strings.HasPrefix(strings.ToLower(name), "mig-"+strings.ToLower(string(parent))+"/")
}

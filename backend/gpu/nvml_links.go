//go:build cgo

package gpu

import (
	"slices"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"berth/model"
)

// relinkAfter is the maximum age of the topology. On a machine with switches, links come up only when the fabric
// manager has started, which may be after this process.
const relinkAfter = 5 * time.Minute

// link sets the NVLinks between the units. It reads them again if the set of GPUs has changed, or if the last reading
// is too old.
func (l *library) link(units []unit, at time.Time) {
	var whole []unit
	var ids []model.GPUID
	for _, u := range units {
		if u.gpu.Parent == "" && u.handle != nil { // a MIG instance can't use its GPU's links
			whole = append(whole, u)
			ids = append(ids, u.gpu.ID)
		}
	}
	if slices.Equal(ids, l.linked) && at.Sub(l.linkedAt) < relinkAfter {
		return
	}
	l.linked, l.linkedAt = ids, at
	wires := make([]wiring, len(whole))
	byPCI := map[string]int{}
	for i, u := range whole {
		if u.gpu.PCI != "" {
			byPCI[u.gpu.PCI] = i
		}
	}
	for i, u := range whole {
		wires[i] = l.wiring(u.handle, byPCI)
	}
	for i := range units {
		if place := slices.Index(ids, units[i].gpu.ID); place >= 0 {
			units[i].gpu.Links = links(place, ids, wires)
		}
	}
}

// A wiring says where the NVLinks of one GPU lead.
type wiring struct {
	direct   map[int]int // GPU's position in the list → number of links
	switched int         // number of links to a switch
}

// wiring finds what is at the other end of each link that is up.
func (l *library) wiring(handle nvml.Device, byPCI map[string]int) wiring {
	w := wiring{direct: map[int]int{}}
	if !l.has("nvmlDeviceGetNvLinkState") || !l.has("nvmlDeviceGetNvLinkRemotePciInfo") {
		return w
	}
	for n := range nvml.NVLINK_MAX_LINKS {
		state, ret := handle.GetNvLinkState(n)
		if ret != nvml.SUCCESS || state != nvml.FEATURE_ENABLED {
			continue
		}
		remote, ret := handle.GetNvLinkRemotePciInfo(n)
		if ret == nvml.SUCCESS {
			if peer, ok := byPCI[busID(remote)]; ok {
				w.direct[peer]++
				continue
			}
		}
		if l.toSwitch(handle, n) {
			w.switched++
		}
	}
	return w
}

// toSwitch reports whether a link that leads to none of our GPUs leads to a switch. Some of the newest switches have no
// PCI address, and an older library can't say what the remote device is. So everything that isn't known to be something
// else counts as a switch.
func (l *library) toSwitch(handle nvml.Device, link int) bool {
	if !l.has("nvmlDeviceGetNvLinkRemoteDeviceType") {
		return true
	}
	kind, ret := handle.GetNvLinkRemoteDeviceType(link)
	return ret != nvml.SUCCESS || kind == nvml.NVLINK_DEVICE_TYPE_SWITCH || kind == nvml.NVLINK_DEVICE_TYPE_UNKNOWN
}

// links counts the links from one GPU to each other GPU. Behind switches, two GPUs are connected by as many links as
// the one with fewer has.
func links(from int, ids []model.GPUID, wires []wiring) map[model.GPUID]int {
	out := map[model.GPUID]int{}
	for to, id := range ids {
		if to == from {
			continue
		}
		if n := wires[from].direct[to] + min(wires[from].switched, wires[to].switched); n > 0 {
			out[id] = n
		}
	}
	return out
}

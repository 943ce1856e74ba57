//go:build cgo

package gpu

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"berth/model"
)

const (
	unknownModel   = "unknown GPU" // while it doesn't tell its name
	namelessPrefix = "unknown-"    // begins the id of a GPU that doesn't tell its UUID
)

// A unit is what can be given to an instance: a GPU, or a MIG instance of one.
type unit struct {
	gpu    model.GPU
	handle nvml.Device
	board  nvml.Device // the whole GPU, where temperature and clocks are measured
	fault  string      // why it can't be read or given out; empty if it can
}

// nameless reports whether a unit is a placeholder for a GPU that has never told its UUID.
func (u unit) nameless() bool { return strings.HasPrefix(string(u.gpu.ID), namelessPrefix) }

// units lists what there is now. An error means that the driver is gone.
func (l *library) units() ([]unit, error) {
	if !l.has("nvmlDeviceGetCount") || !l.has("nvmlDeviceGetHandleByIndex") || !l.has("nvmlDeviceGetUUID") {
		return nil, errors.New("the driver's library can't list GPUs: it is too old, or none of NVIDIA's")
	}
	n, ret := l.nvml.DeviceGetCount()
	if ret != nvml.SUCCESS {
		return nil, fmt.Errorf("the driver doesn't list its GPUs: %s", words(ret))
	}
	var units []unit
	for i := range n {
		units = append(units, l.unitsOf(i)...)
	}
	return units, nil
}

// unitsOf returns the GPU with an index, or the MIG instances that it is split into.
func (l *library) unitsOf(index int) []unit {
	handle, ret := l.nvml.DeviceGetHandleByIndex(index)
	var id string
	if ret == nvml.SUCCESS {
		id, ret = handle.GetUUID()
	}
	if ret != nvml.SUCCESS {
		return l.unreadable(index, ret)
	}
	gpu, trouble := l.facts(model.GPUID(id), index, handle)
	whole := unit{gpu: gpu, handle: handle, board: handle, fault: trouble}
	if l.split(handle) {
		parts := l.parts(whole)
		if len(parts) > 0 {
			return parts
		}
		whole.fault = "MIG is on but no MIG instance was made (nvidia-smi mig -cgi … -C makes them)"
	}
	return []unit{whole}
}

// unreadable returns a GPU that doesn't even tell its UUID. It gets the UUID of the last reading, or a placeholder if
// there is none. If it was split into MIG instances, these are returned.
func (l *library) unreadable(index int, ret nvml.Return) []unit {
	known := l.remembered(func(g model.GPU) bool { return g.Index == index })
	if known == nil {
		known = []model.GPU{{
			ID: model.GPUID(namelessPrefix + strconv.Itoa(index)), Index: index, Minor: -1, NUMA: -1, Model: unknownModel,
		}}
	}
	var units []unit
	for _, g := range known {
		units = append(units, unit{gpu: g, fault: words(ret)})
	}
	return units
}

// facts returns what never changes about a GPU. They are asked once and cached. If the GPU had a fault at that time,
// missing facts are asked again.
func (l *library) facts(id model.GPUID, index int, handle nvml.Device) (_ model.GPU, trouble string) {
	g, met := l.known[id]
	g.Index = index
	if met && !l.partly[id] {
		return g, ""
	}
	if !met {
		g = model.GPU{ID: id, Index: index, Minor: -1, NUMA: -1, Model: unknownModel}
	}
	q := query{lib: l}
	if name, ok := ask(&q, "nvmlDeviceGetName", handle.GetName); ok {
		g.Model = name
	}
	if minor, ok := ask(&q, "nvmlDeviceGetMinorNumber", handle.GetMinorNumber); ok {
		g.Minor = minor
	}
	if pci, ok := ask(&q, "nvmlDeviceGetPciInfo", handle.GetPciInfo); ok {
		g.PCI = busID(pci)
	}
	if m := q.memory(handle); m.fault == "" && q.trouble == "" {
		g.Memory, g.Unified = m.total, m.unified
	} else if q.trouble == "" {
		q.trouble = m.fault
	}
	if node := l.numa(&q, g.PCI, handle); node >= 0 {
		g.NUMA = node
	}
	l.partly[id] = q.trouble != ""
	if met && !l.partly[id] {
		l.linked = nil // its PCI address may be known only now
	}
	return g, q.trouble
}

// split reports whether a GPU is in MIG mode.
func (l *library) split(handle nvml.Device) bool {
	if !l.has("nvmlDeviceGetMigMode") || !l.has("nvmlDeviceGetMaxMigDeviceCount") ||
		!l.has("nvmlDeviceGetMigDeviceHandleByIndex") {
		return false
	}
	current, _, ret := handle.GetMigMode()
	return ret == nvml.SUCCESS && current == nvml.DEVICE_MIG_ENABLE
}

// parts returns the MIG instances of a GPU, in the driver's order. They have the index and device node of their GPU,
// because the driver numbers only whole GPUs.
func (l *library) parts(whole unit) []unit {
	most, ret := whole.handle.GetMaxMigDeviceCount()
	if ret != nvml.SUCCESS {
		return nil
	}
	var parts []unit
	for i := range most {
		handle, ret := whole.handle.GetMigDeviceHandleByIndex(i)
		if ret != nvml.SUCCESS {
			continue // an empty slot
		}
		id, ret := handle.GetUUID()
		if ret != nvml.SUCCESS {
			continue
		}
		g := whole.gpu
		g.ID, g.Parent, g.Links = model.GPUID(id), whole.gpu.ID, nil
		q := query{lib: l}
		if name, ok := ask(&q, "nvmlDeviceGetName", handle.GetName); ok {
			g.Model = name
		}
		g.Memory, g.Unified = q.memory(handle).total, false
		if before, met := l.known[g.ID]; met && g.Memory == 0 {
			g.Memory = before.Memory
		}
		parts = append(parts, unit{gpu: g, handle: handle, board: whole.handle, fault: whole.fault})
	}
	return parts
}

// numa returns the NUMA node whose memory is nearest: the kernel's value for the PCI device, otherwise the driver's if
// it is a single node. (nvmlDeviceGetNumaNodeId is something else: the node formed by a GPU's own memory on coherent
// machines.)
func (l *library) numa(q *query, pci string, handle nvml.Device) int {
	text, err := os.ReadFile(filepath.Join(l.sys, "bus/pci/devices", pci, "numa_node"))
	if node, bad := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && bad == nil && node >= 0 {
		return node
	}
	nodes, ok := ask(q, "nvmlDeviceGetMemoryAffinity", func() ([]uint, nvml.Return) {
		return handle.GetMemoryAffinity(strconv.IntSize, nvml.AFFINITY_SCOPE_NODE)
	})
	if !ok {
		return -1
	}
	return onlyBit(nodes)
}

// onlyBit returns the position of the only bit that is set; -1 if none or several are set.
func onlyBit(mask []uint) int {
	found := -1
	for word, bits := range mask {
		for bit := range strconv.IntSize {
			if bits&(1<<bit) == 0 {
				continue
			}
			if found >= 0 {
				return -1
			}
			found = word*strconv.IntSize + bit
		}
	}
	return found
}

// busID returns a PCI address in the kernel's form, 0000:07:00.0. The driver pads the domain to eight digits.
func busID(pci nvml.PciInfo) string {
	var b strings.Builder
	for _, c := range pci.BusId {
		if c == 0 {
			break
		}
		b.WriteByte(byte(c)) //nolint:gosec // C's char, which holds ASCII here
	}
	id := strings.ToLower(b.String())
	if domain, rest, ok := strings.Cut(id, ":"); ok && len(domain) == 8 && strings.HasPrefix(domain, "0000") {
		return domain[4:] + ":" + rest
	}
	return id
}

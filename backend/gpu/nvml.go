//go:build cgo

package gpu

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"berth/model"
)

// sysRoot is where the kernel tells which NUMA node a PCI device hangs on.
const sysRoot = "/sys"

// A library is the driver's own, libnvidia-ml. One goroutine uses it. What can't change while the driver
// runs is asked once and kept; the rest is asked at every survey.
type library struct {
	nvml nvml.Interface
	proc *procfs
	sys  string

	symbols map[string]bool
	// known are the units of the last survey, by id: their facts, and how a lost one is still listed.
	known map[model.GPUID]model.GPU
	// partly marks those that were in trouble when their facts were asked.
	partly map[model.GPUID]bool
	// version is the driver's.
	version string
	// linked is the set of GPUs that the topology in known was read for, and when.
	linked   []model.GPUID
	linkedAt time.Time
}

var _ driver = (*library)(nil)

func newDriver() driver {
	return newLibrary(nvml.New(), newProcfs(procRoot), sysRoot)
}

func newLibrary(n nvml.Interface, proc *procfs, sys string) *library {
	return &library{nvml: n, proc: proc, sys: sys}
}

// open is driver's.
func (l *library) open() (string, error) {
	l.symbols = map[string]bool{}
	l.known, l.partly = map[model.GPUID]model.GPU{}, map[model.GPUID]bool{}
	l.linked = nil
	if ret := l.nvml.Init(); ret != nvml.SUCCESS {
		return "", errors.New(openTrouble(ret))
	}
	l.version = ""
	if !l.has("nvmlSystemGetDriverVersion") {
		return "", nil
	}
	version, ret := l.nvml.SystemGetDriverVersion()
	if ret != nvml.SUCCESS {
		l.close()
		return "", fmt.Errorf("the driver doesn't tell its version: %s", words(ret))
	}
	l.version = version
	return version, nil
}

// close is driver's. What Shutdown returns changes nothing for us: the next open starts anew.
func (l *library) close() { _ = l.nvml.Shutdown() }

// has reports whether the loaded library has an entry point, under its plain name or that of a later version:
// go-nvml calls the newest one that it finds. A call of a missing one would end the whole process (the dynamic
// linker exits with 127), so this is asked before every call.
func (l *library) has(symbol string) bool {
	found, asked := l.symbols[symbol]
	if !asked {
		found = slices.ContainsFunc([]string{"", "_v2", "_v3"}, func(version string) bool {
			return l.nvml.Extensions().LookupSymbol(symbol+version) == nil
		})
		l.symbols[symbol] = found
	}
	return found
}

// survey is driver's.
func (l *library) survey(at time.Time) ([]model.Device, error) {
	units, err := l.units()
	if err != nil {
		return nil, err
	}
	l.link(units, at)
	devices := make([]model.Device, 0, len(units))
	seen := map[model.GPUID]model.GPU{}
	for _, u := range units {
		devices = append(devices, model.Device{GPU: u.gpu, Reading: l.reading(u, at)})
		if !u.nameless() {
			seen[u.gpu.ID] = u.gpu
		}
	}
	for _, g := range l.missing(units) {
		devices = append(devices, model.Device{GPU: g, Reading: model.Reading{
			At: at, Health: model.Health{Reason: words(nvml.ERROR_GPU_IS_LOST)},
		}})
		seen[g.ID] = g
	}
	l.known = seen
	l.proc.turn()
	slices.SortStableFunc(devices, byIndex)
	return devices, nil
}

// missing are the units known from before that are no longer there. One that was split into MIG instances,
// or a MIG instance that was taken apart, isn't missing: the GPU it lies on is still listed.
func (l *library) missing(units []unit) []model.GPU {
	present := map[model.GPUID]bool{}
	for _, u := range units {
		present[u.gpu.ID] = true
		present[u.gpu.Parent] = true
	}
	return l.remembered(func(g model.GPU) bool {
		return !present[g.ID] && (g.Parent == "" || !present[g.Parent])
	})
}

// remembered are the units known from before that fit, by id.
func (l *library) remembered(fits func(model.GPU) bool) []model.GPU {
	var out []model.GPU
	for _, id := range slices.Sorted(maps.Keys(l.known)) {
		if g := l.known[id]; fits(g) {
			out = append(out, g)
		}
	}
	return out
}

// byIndex orders devices by the driver's number; MIG instances of one GPU stay in the order they were listed.
func byIndex(a, b model.Device) int { return a.Index - b.Index }

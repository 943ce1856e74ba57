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

// sysRoot is where the kernel tells the NUMA node of a PCI device.
const sysRoot = "/sys"

// A library is the driver's library, libnvidia-ml. One goroutine uses it. What can't change while the driver runs is
// asked once and cached; everything else is asked at each survey.
type library struct {
	nvml nvml.Interface
	proc *procfs
	sys  string

	symbols map[string]bool
	// known are the units of the last survey, by id: their cached facts, and the means to list a unit that is lost.
	known map[model.GPUID]model.GPU
	// partly marks units that had a fault when their facts were asked, so that the facts are incomplete.
	partly map[model.GPUID]bool
	// version is the driver's.
	version string
	// linked are the GPUs that the cached topology was read for, and linkedAt when.
	linked   []model.GPUID
	linkedAt time.Time
	reports  reports
}

var _ driver = (*library)(nil)

func newDriver() driver {
	return newLibrary(nvml.New(), newProcfs(procRoot), sysRoot)
}

func newLibrary(n nvml.Interface, proc *procfs, sys string) *library {
	return &library{nvml: n, proc: proc, sys: sys}
}

// open implements driver.
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

// close implements driver. The result of Shutdown doesn't matter: the next open initializes again.
func (l *library) close() {
	l.reports.end()
	_ = l.nvml.Shutdown()
}

// has reports whether the loaded library has an entry point, under its plain name or that of a later version: go-nvml
// calls the newest that it finds. Calling a missing one would end the whole process (the dynamic linker exits with
// 127), so call has before every call.
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

// survey implements driver.
func (l *library) survey(at time.Time) ([]model.Device, error) {
	units, err := l.units()
	if err != nil {
		return nil, err
	}
	l.link(units, at)
	l.watchEvents(units, at)
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
			At: at, Health: model.Health{Reason: words(nvml.ERROR_GPU_IS_LOST)}, Xids: l.reports.xids[g.Board()],
		}})
		seen[g.ID] = g
	}
	l.known = seen
	l.proc.endSweep()
	slices.SortStableFunc(devices, byIndex)
	return devices, nil
}

// missing returns known units that are no longer there. A GPU that was split into MIG instances isn't missing, nor is a
// MIG instance that was deleted: the GPU is still listed.
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

// remembered returns the known units that fit, by id.
func (l *library) remembered(fits func(model.GPU) bool) []model.GPU {
	var out []model.GPU
	for _, id := range slices.Sorted(maps.Keys(l.known)) {
		if g := l.known[id]; fits(g) {
			out = append(out, g)
		}
	}
	return out
}

// byIndex orders devices by the driver's index. MIG instances of one GPU stay in their order.
func byIndex(a, b model.Device) int { return a.Index - b.Index }

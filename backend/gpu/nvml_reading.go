//go:build cgo

package gpu

import (
	"math"
	"slices"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"berth/model"
)

// An inquiry is the questions put to one GPU in one survey. Once one is answered with trouble no more are
// put: on a failing GPU each may take seconds.
type inquiry struct {
	lib     *library
	trouble string
	lacks   bool // the GPU has no such thing, says the last answer
}

// ask puts one question. The answer is unknown where the library lacks the entry point, the GPU lacks the
// feature or this user may not know; any other refusal is trouble.
func ask[T any](q *inquiry, symbol string, call func() (T, nvml.Return)) (answer T, known bool) {
	if q.trouble != "" || !q.lib.has(symbol) {
		return answer, false
	}
	answer, ret := call()
	q.lacks = ret == nvml.ERROR_NOT_SUPPORTED
	switch ret {
	case nvml.SUCCESS:
		return answer, true
	case nvml.ERROR_NOT_SUPPORTED, nvml.ERROR_FUNCTION_NOT_FOUND, nvml.ERROR_NO_PERMISSION,
		nvml.ERROR_ARGUMENT_VERSION_MISMATCH:
	default:
		q.trouble = words(ret)
	}
	return answer, false
}

// The most that a sensor can truly say. Drivers now and then answer with all bits set, or with figures that no such
// sensor has: those are unknown.
const (
	mostPercent   model.Percent   = 100
	mostCelsius   model.Celsius   = 200
	mostWatts     model.Watts     = 20_000
	mostMegahertz model.Megahertz = 20_000
)

// figure asks the sensors for one number and converts it to our unit. One that can't be is unknown.
func figure[M ~float64](q *inquiry, symbol string, per float64, most M, call func() (uint32, nvml.Return)) model.Maybe[M] {
	v, known := ask(q, symbol, call)
	if n := M(float64(v) / per); known && n <= most {
		return model.Known(n)
	}
	return model.Maybe[M]{}
}

// A store is what a GPU says of its memory.
type store struct {
	total   model.Bytes // 0 where unknown
	used    model.Maybe[model.Bytes]
	unified bool   // it has none of its own
	fault   string // why the figures can't be
}

// memory is a GPU's total, and what is used of it beyond the driver's own reserve where the library tells them apart, as
// nvidia-smi does. A GPU without memory of its own computes in the machine's: it has that, and what is used of it.
func (q *inquiry) memory(handle nvml.Device) store {
	if v2, ok := ask(q, "nvmlDeviceGetMemoryInfo_v2", handle.GetMemoryInfo_v2); ok {
		return storeOf(v2.Total, v2.Used)
	}
	if v1, ok := ask(q, "nvmlDeviceGetMemoryInfo", handle.GetMemoryInfo); ok {
		return storeOf(v1.Total, v1.Used)
	}
	if q.trouble != "" || !q.lacks || !q.lib.has("nvmlDeviceGetMemoryInfo") {
		return store{}
	}
	total, used := q.lib.proc.machineMemory()
	if total == 0 {
		return store{unified: true}
	}
	return store{total: total, used: model.Known(used), unified: true}
}

// storeOf are figures as the driver gives them. More used than there is can't be, and is no sign of an empty GPU.
func storeOf(total, used uint64) store {
	switch {
	case total > math.MaxInt64:
		return store{fault: "the driver doesn't tell how much memory it has"}
	case used > math.MaxInt64, used > total && total > 0:
		return store{total: bytes(total), fault: "the driver doesn't tell how much of its memory is in use"}
	}
	return store{total: bytes(total), used: model.Known(bytes(used))}
}

// bytes is a size as the driver tells it.
func bytes(n uint64) model.Bytes { return model.Bytes(n) } //nolint:gosec // no memory has 2^63 bytes

// reading asks one unit's sensors. Temperature and clocks of a MIG instance are its GPU's; power isn't
// shared out, so it stays unknown.
func (l *library) reading(u unit, at time.Time) model.Reading {
	r := model.Reading{At: at}
	if u.handle == nil {
		r.Health.Reason = u.fault
		return r
	}
	const milliwatts = 1000
	q := inquiry{lib: l}
	mem := q.memory(u.handle)
	r.MemoryUsed = mem.used
	r.Temperature = figure[model.Celsius](&q, "nvmlDeviceGetTemperature", 1, mostCelsius, func() (uint32, nvml.Return) {
		return u.board.GetTemperature(nvml.TEMPERATURE_GPU)
	})
	r.Clock = figure[model.Megahertz](&q, "nvmlDeviceGetClockInfo", 1, mostMegahertz, func() (uint32, nvml.Return) {
		return u.board.GetClockInfo(nvml.CLOCK_SM)
	})
	r.MemoryClock = figure[model.Megahertz](&q, "nvmlDeviceGetClockInfo", 1, mostMegahertz, func() (uint32, nvml.Return) {
		return u.board.GetClockInfo(nvml.CLOCK_MEM)
	})
	r.Slowed = q.slowed(u.board)
	if u.gpu.Parent == "" {
		r.Utilization = figure[model.Percent](&q, "nvmlDeviceGetUtilizationRates", 1, mostPercent, func() (uint32, nvml.Return) {
			use, ret := u.handle.GetUtilizationRates()
			return use.Gpu, ret
		})
		r.Power = figure[model.Watts](&q, "nvmlDeviceGetPowerUsage", milliwatts, mostWatts, u.handle.GetPowerUsage)
		r.PowerLimit = figure[model.Watts](&q, "nvmlDeviceGetEnforcedPowerLimit", milliwatts, mostWatts, u.handle.GetEnforcedPowerLimit)
	}
	r.Processes = l.processes(&q, u)
	r.Health = health(u.fault, q.trouble, mem.fault)
	return r
}

// brakes are what keeps a GPU's clocks down against its will, the worst first. A power cap isn't among them: a training
// run that uses all the power there is runs as it should.
var brakes = []struct {
	bit   uint64
	words string
}{
	{nvml.ClocksThrottleReasonHwThermalSlowdown, "heat"},
	{nvml.ClocksThrottleReasonSwThermalSlowdown, "heat"},
	{nvml.ClocksThrottleReasonHwPowerBrakeSlowdown, "a power brake"},
	{nvml.ClocksThrottleReasonHwSlowdown, "the hardware"},
}

// slowed is what keeps a board's clocks down.
func (q *inquiry) slowed(board nvml.Device) string {
	reasons, _ := ask(q, "nvmlDeviceGetCurrentClocksThrottleReasons", board.GetCurrentClocksThrottleReasons)
	for _, b := range brakes {
		if reasons&b.bit != 0 {
			return b.words
		}
	}
	return ""
}

// health is the first of the reasons against a GPU, or its good health.
func health(faults ...string) model.Health {
	for _, f := range faults {
		if f != "" {
			return model.Health{Reason: f}
		}
	}
	return model.Health{OK: true}
}

// processes are who the driver sees on a unit, by pid. One that computes and draws counts as computing. On
// a MIG instance only computing is asked about: the other lists are the whole GPU's.
func (l *library) processes(q *inquiry, u unit) []model.Process {
	lists := []struct {
		symbol   string
		call     func() ([]nvml.ProcessInfo, nvml.Return)
		graphics bool
	}{
		{"nvmlDeviceGetComputeRunningProcesses", u.handle.GetComputeRunningProcesses, false},
		{"nvmlDeviceGetMPSComputeRunningProcesses", u.handle.GetMPSComputeRunningProcesses, false},
		{"nvmlDeviceGetGraphicsRunningProcesses", u.handle.GetGraphicsRunningProcesses, true},
	}
	if u.gpu.Parent != "" {
		lists = lists[:1]
	}
	if ProcessesLeftOut(l.version) != "" {
		return nil
	}
	var out []model.Process
	for _, list := range lists {
		infos, _ := ask(q, list.symbol, list.call)
		for _, info := range infos {
			pid := int(info.Pid)
			if slices.ContainsFunc(out, func(p model.Process) bool { return p.PID == pid }) {
				continue
			}
			p, there := l.proc.process(pid)
			if !there {
				continue
			}
			p.Graphics = list.graphics
			// All bits set is NVML_VALUE_NOT_AVAILABLE; more than the GPU has can't be.
			if used := info.UsedGpuMemory; used <= math.MaxInt64 && (u.gpu.Memory == 0 || bytes(used) <= u.gpu.Memory) {
				p.Memory = model.Known(bytes(info.UsedGpuMemory))
			}
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b model.Process) int { return a.PID - b.PID })
	return out
}

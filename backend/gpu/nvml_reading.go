//go:build cgo

package gpu

import (
	"math"
	"slices"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"berth/model"
)

// A query is the series of calls for one GPU in one survey. After the first fault it makes no more calls, because on
// a failing GPU each call may take seconds.
type query struct {
	lib     *library
	trouble string
	lacks   bool // the last answer was NOT_SUPPORTED
}

// ask makes one call. The answer is unknown if the library lacks the entry point, the GPU lacks the feature, or this
// user has no permission. Any other error is a fault of the GPU.
func ask[T any](q *query, symbol string, call func() (T, nvml.Return)) (answer T, known bool) {
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

// The largest plausible values of sensors. Now and then drivers answer with all bits set, or with values that no such
// sensor can have. These count as unknown.
const (
	mostPercent   model.Percent   = 100
	mostCelsius   model.Celsius   = 200
	mostWatts     model.Watts     = 20_000
	mostMegahertz model.Megahertz = 20_000
)

// figure asks for one number and converts it to our unit. An implausible value is unknown.
func figure[M ~float64](q *query, symbol string, per float64, most M, call func() (uint32, nvml.Return)) model.Maybe[M] {
	v, known := ask(q, symbol, call)
	if n := M(float64(v) / per); known && n <= most {
		return model.Known(n)
	}
	return model.Maybe[M]{}
}

// A memoryUse is what a GPU says about its memory.
type memoryUse struct {
	total   model.Bytes // 0 if unknown
	used    model.Maybe[model.Bytes]
	unified bool   // it has no memory of its own
	fault   string // why the figures are impossible
}

// memory returns a GPU's total and used memory. Used memory doesn't include the driver's reserve, if the library
// separates them, like nvidia-smi. A GPU without memory of its own uses the machine's: then both figures are the
// machine's.
func (q *query) memory(handle nvml.Device) memoryUse {
	if v2, ok := ask(q, "nvmlDeviceGetMemoryInfo_v2", handle.GetMemoryInfo_v2); ok {
		return memoryUseOf(v2.Total, v2.Used)
	}
	if v1, ok := ask(q, "nvmlDeviceGetMemoryInfo", handle.GetMemoryInfo); ok {
		return memoryUseOf(v1.Total, v1.Used)
	}
	if q.trouble != "" || !q.lacks || !q.lib.has("nvmlDeviceGetMemoryInfo") {
		return memoryUse{}
	}
	total, used := q.lib.proc.machineMemory()
	if total == 0 {
		return memoryUse{unified: true}
	}
	return memoryUse{total: total, used: model.Known(used), unified: true}
}

// mostMemory is more bytes than any GPU has. A driver that answers with all bits set may count them in MiB.
const mostMemory = 16 << 40

// memoryUseOf checks the driver's figures. More used than there is is impossible, and doesn't mean that the GPU is
// empty.
func memoryUseOf(total, used uint64) memoryUse {
	switch {
	case total == 0 && used == 0:
		return memoryUse{} // an answer that says nothing, as of chips that share the machine's memory
	case total > mostMemory:
		return memoryUse{fault: "the driver doesn't tell how much memory it has"}
	case used > math.MaxInt64, used > total && total > 0:
		return memoryUse{total: bytes(total), fault: "the driver doesn't tell how much of its memory is in use"}
	}
	return memoryUse{total: bytes(total), used: model.Known(bytes(used))}
}

// bytes returns a size in the driver's form.
func bytes(n uint64) model.Bytes { return model.Bytes(n) } //nolint:gosec // no memory has 2^63 bytes

// reading reads one unit's sensors. A MIG instance has the temperature and clocks of its GPU. Power isn't divided among
// MIG instances, so theirs is unknown.
func (l *library) reading(u unit, at time.Time) model.Reading {
	r := model.Reading{At: at, Xids: l.reports.xids[u.gpu.Board()]}
	if u.handle == nil {
		r.Health.Reason = u.fault
		return r
	}
	const milliwatts = 1000
	q := query{lib: l}
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
	r.Slowed = q.slowdownReason(u.board)
	r.MemoryErrors = q.memoryErrors(u.board)
	if u.gpu.Parent == "" {
		r.Utilization = figure[model.Percent](&q, "nvmlDeviceGetUtilizationRates", 1, mostPercent, func() (uint32, nvml.Return) {
			use, ret := u.handle.GetUtilizationRates()
			return use.Gpu, ret
		})
		r.Power = figure[model.Watts](&q, "nvmlDeviceGetPowerUsage", milliwatts, mostWatts, u.handle.GetPowerUsage)
		r.PowerLimit = figure[model.Watts](&q, "nvmlDeviceGetEnforcedPowerLimit", milliwatts, mostWatts, u.handle.GetEnforcedPowerLimit)
	}
	r.Temperature, r.Clock, r.MemoryClock = measured(r.Temperature), measured(r.Clock), measured(r.MemoryClock)
	r.Power, r.PowerLimit = measured(r.Power), measured(r.PowerLimit)
	r.Processes = l.processes(&q, u)
	r.Health = health(u.fault, q.trouble, mem.fault)
	return r
}

// measured is unknown for a 0 that no sensor measures: drivers answer so where a board has no such sensor.
func measured[T model.Celsius | model.Megahertz | model.Watts](m model.Maybe[T]) model.Maybe[T] {
	if n, _ := m.Get(); n == 0 {
		return model.Maybe[T]{}
	}
	return m
}

// slowdownReasons are the reasons that keep a GPU's clocks down although it could run faster, the worst first. A power
// cap isn't one: a training run that uses all the power allowed runs as it should.
var slowdownReasons = []struct {
	bit   uint64
	words string
}{
	{nvml.ClocksThrottleReasonHwThermalSlowdown, "heat"},
	{nvml.ClocksThrottleReasonSwThermalSlowdown, "heat"},
	{nvml.ClocksThrottleReasonHwPowerBrakeSlowdown, "a power brake"},
	{nvml.ClocksThrottleReasonHwSlowdown, "the hardware"},
}

// slowdownReason returns the reason that keeps a board's clocks down; empty if there is none.
func (q *query) slowdownReason(board nvml.Device) string {
	reasons, _ := ask(q, "nvmlDeviceGetCurrentClocksThrottleReasons", board.GetCurrentClocksThrottleReasons)
	return slowdownIn(reasons)
}

// slowdownIn returns the worst reason in a set; empty if there is none, or if the set has reasons that no driver knows,
// as where all its bits are set.
func slowdownIn(reasons uint64) string {
	const most = 1 << 16 // drivers know about ten
	if reasons >= most {
		return ""
	}
	for _, b := range slowdownReasons {
		if reasons&b.bit != 0 {
			return b.words
		}
	}
	return ""
}

// memoryErrors returns how many errors of a board's memory couldn't be corrected since the driver was loaded.
func (q *query) memoryErrors(board nvml.Device) model.Maybe[uint64] {
	n, known := ask(q, "nvmlDeviceGetTotalEccErrors", func() (uint64, nvml.Return) {
		return board.GetTotalEccErrors(nvml.MEMORY_ERROR_TYPE_UNCORRECTED, nvml.VOLATILE_ECC)
	})
	return countOf(n, known)
}

// countOf returns a counter's value; unknown where all its bits are set, or all of its lower half.
func countOf(n uint64, known bool) model.Maybe[uint64] {
	if !known || n == math.MaxUint64 || n == math.MaxUint32 {
		return model.Maybe[uint64]{}
	}
	return model.Known(n)
}

// health returns the first fault of a GPU, or that it is healthy.
func health(faults ...string) model.Health {
	for _, f := range faults {
		if f != "" {
			return model.Health{Reason: f}
		}
	}
	return model.Health{OK: true}
}

// processes returns the processes that the driver sees on a unit, by pid. A process that both computes and draws counts
// as computing. For a MIG instance only the compute list is read, because the other lists are the whole GPU's.
func (l *library) processes(q *query, u unit) []model.Process {
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
			// All bits set is NVML_VALUE_NOT_AVAILABLE. More than the GPU has is impossible.
			if used := info.UsedGpuMemory; used <= math.MaxInt64 && (u.gpu.Memory == 0 || bytes(used) <= u.gpu.Memory) {
				p.Memory = model.Known(bytes(info.UsedGpuMemory))
			}
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b model.Process) int { return a.PID - b.PID })
	return out
}

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
}

// ask puts one question. The answer is unknown where the library lacks the entry point, the GPU lacks the
// feature or this user may not know; any other refusal is trouble.
func ask[T any](q *inquiry, symbol string, call func() (T, nvml.Return)) (answer T, known bool) {
	if q.trouble != "" || !q.lib.has(symbol) {
		return answer, false
	}
	answer, ret := call()
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

// figure asks the sensors for one number and converts it to our unit.
func figure[M ~float64](q *inquiry, symbol string, per float64, call func() (uint32, nvml.Return)) model.Maybe[M] {
	v, known := ask(q, symbol, call)
	if !known {
		return model.Maybe[M]{}
	}
	return model.Known(M(float64(v) / per))
}

// memory is a GPU's total, and what is used of it beyond the driver's own reserve where the library tells
// them apart, as nvidia-smi does.
func (q *inquiry) memory(handle nvml.Device) (total model.Bytes, used model.Maybe[model.Bytes]) {
	if v2, ok := ask(q, "nvmlDeviceGetMemoryInfo_v2", handle.GetMemoryInfo_v2); ok {
		return bytes(v2.Total), model.Known(bytes(v2.Used))
	}
	if v1, ok := ask(q, "nvmlDeviceGetMemoryInfo", handle.GetMemoryInfo); ok {
		return bytes(v1.Total), model.Known(bytes(v1.Used))
	}
	return 0, used
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
	_, r.MemoryUsed = q.memory(u.handle)
	r.Temperature = figure[model.Celsius](&q, "nvmlDeviceGetTemperature", 1, func() (uint32, nvml.Return) {
		return u.board.GetTemperature(nvml.TEMPERATURE_GPU)
	})
	r.Clock = figure[model.Megahertz](&q, "nvmlDeviceGetClockInfo", 1, func() (uint32, nvml.Return) {
		return u.board.GetClockInfo(nvml.CLOCK_SM)
	})
	r.MemoryClock = figure[model.Megahertz](&q, "nvmlDeviceGetClockInfo", 1, func() (uint32, nvml.Return) {
		return u.board.GetClockInfo(nvml.CLOCK_MEM)
	})
	if u.gpu.Parent == "" {
		r.Utilization = figure[model.Percent](&q, "nvmlDeviceGetUtilizationRates", 1, func() (uint32, nvml.Return) {
			use, ret := u.handle.GetUtilizationRates()
			return use.Gpu, ret
		})
		r.Power = figure[model.Watts](&q, "nvmlDeviceGetPowerUsage", milliwatts, u.handle.GetPowerUsage)
		r.PowerLimit = figure[model.Watts](&q, "nvmlDeviceGetEnforcedPowerLimit", milliwatts, u.handle.GetEnforcedPowerLimit)
	}
	r.Processes = l.processes(&q, u)
	r.Health = health(u.fault, q.trouble)
	return r
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
	var out []model.Process
	for _, list := range lists {
		infos, _ := ask(q, list.symbol, list.call)
		for _, info := range infos {
			pid := int(info.Pid)
			if slices.ContainsFunc(out, func(p model.Process) bool { return p.PID == pid }) {
				continue
			}
			p := l.proc.process(pid)
			p.Graphics = list.graphics
			if info.UsedGpuMemory != math.MaxUint64 { // NVML_VALUE_NOT_AVAILABLE
				p.Memory = model.Known(bytes(info.UsedGpuMemory))
			}
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b model.Process) int { return a.PID - b.PID })
	return out
}

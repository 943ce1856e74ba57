//go:build cgo

package gpu

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/gpus"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/server"
	"github.com/google/uuid"

	"berth/model"
)

// A Simulated machine has the GPUs of one of NVIDIA's servers, as NVIDIA's mock of NVML describes them, and is read by
// the same code as real GPUs. Its readings depend on the clock and are the same for every process that looks at the
// same moment. A GPU is busy only if SetBusy says so.
type Simulated struct {
	now func() time.Time

	mu   sync.Mutex
	lib  *library
	busy map[model.GPUID]bool
	at   time.Time // the moment being read
}

var _ Reader = (*Simulated)(nil)

// A card is a kind of GPU that can be simulated: NVIDIA's description, and what that leaves out.
type card struct {
	name   string
	config gpus.Config
	links  int    // NVLinks of each GPU, all to switches
	limit  uint32 // watts
	idle   uint32 // watts
	clock  uint32 // MHz of the multiprocessors at work
	memory uint32 // MHz
}

// cards are the machines on offer, with figures of the SXM boards from NVIDIA's data sheets.
var cards = []card{
	{name: "a100", config: gpus.A100_SXM4_40GB, links: 12, limit: 400, idle: 54, clock: 1410, memory: 1215},
	{name: "h100", config: gpus.H100_SXM5_80GB, links: 18, limit: 700, idle: 70, clock: 1980, memory: 2619},
	{name: "h200", config: gpus.H200_SXM5_141GB, links: 18, limit: 700, idle: 75, clock: 1980, memory: 3201},
	{name: "b200", config: gpus.B200_SXM5_180GB, links: 18, limit: 1000, idle: 140, clock: 1965, memory: 3996},
}

// specForm is a model and a count, such as h100x8.
var specForm = model.Pattern(`^([a-z]+[0-9]+)x([1-8])$`)

// Simulate returns the machine that spec names: a100, h100, h200 or b200, an x, and 1 to 8. now is its clock.
func Simulate(spec string, now func() time.Time) (*Simulated, error) {
	if m := specForm().FindStringSubmatch(spec); m != nil {
		n, _ := strconv.Atoi(m[2]) // a digit, by the form
		for _, c := range cards {
			if c.name == m[1] {
				return simulate(c, n, now)
			}
		}
	}
	return nil, fmt.Errorf("simulate %q: want a100, h100, h200 or b200, an x and 1 to 8, such as h100x8", spec)
}

func simulate(c card, n int, now func() time.Time) (*Simulated, error) {
	machine, err := server.New(
		server.WithGPUs(gpus.Multiple(n, c.config)...),
		server.WithDriverVersion("simulated"),
	)
	if err != nil {
		return nil, fmt.Errorf("simulate %s: %w", c.name, err)
	}
	machine.EventSetCreateFunc = func() (nvml.EventSet, nvml.Return) { return nil, nvml.ERROR_NOT_SUPPORTED } // nothing ever goes wrong
	s := &Simulated{now: now, busy: map[model.GPUID]bool{}}
	for i, d := range machine.Devices {
		s.addMissingCalls(d.(*server.Device), c, i, n)
	}
	s.lib = newLibrary(machine, newProcfs(procRoot), "")
	if _, err := s.lib.open(); err != nil {
		return nil, fmt.Errorf("simulate %s: %w", c.name, err)
	}
	return s, nil
}

// Sample implements Reader. It answers at once and never fails.
func (s *Simulated) Sample(context.Context) Sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.now()
	out := Sample{At: s.at, Driver: "simulated", Condition: model.Condition{OK: true, Since: s.at}}
	devices, err := s.lib.survey(s.at)
	if err != nil {
		out.Condition = model.Condition{Reason: err.Error(), Since: s.at}
	}
	out.Devices = devices
	return out
}

// SetBusy sets which GPUs are at work; all others become idle.
func (s *Simulated) SetBusy(busy map[model.GPUID]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = make(map[model.GPUID]bool, len(busy))
	for id, b := range busy {
		s.busy[id] = b
	}
}

// Close implements Reader.
func (s *Simulated) Close() {}

// uuidSpace is the name space of the simulated GPUs' ids. They are the same in every process, so that leases in a
// ledger stay valid from one command to the next.
var uuidSpace = uuid.NewSHA1(uuid.NameSpaceDNS, []byte("simulated.gpu.berth"))

// addMissingCalls implements, for one GPU of the mock, the calls that NVIDIA's mock leaves out.
func (s *Simulated) addMissingCalls(d *server.Device, c card, index, n int) {
	d.UUID = "GPU-" + uuid.NewSHA1(uuidSpace, fmt.Appendf(nil, "%s %d", c.name, index)).String()
	load := func() load { return loadAt(s.at, index, s.busy[model.GPUID(d.UUID)]) }
	d.GetPciInfoFunc = func() (nvml.PciInfo, nvml.Return) { return address(index), nvml.SUCCESS }
	d.GetMemoryAffinityFunc = func(int, nvml.AffinityScope) ([]uint, nvml.Return) {
		return []uint{1 << (index * 2 / n)}, nvml.SUCCESS // two sockets with half of the GPUs each
	}
	d.GetNvLinkStateFunc = func(link int) (nvml.EnableState, nvml.Return) {
		if n == 1 || link >= c.links {
			return nvml.FEATURE_DISABLED, nvml.SUCCESS
		}
		return nvml.FEATURE_ENABLED, nvml.SUCCESS
	}
	d.GetNvLinkRemotePciInfoFunc = func(int) (nvml.PciInfo, nvml.Return) { return nvml.PciInfo{}, nvml.ERROR_NOT_SUPPORTED }
	d.GetNvLinkRemoteDeviceTypeFunc = func(int) (nvml.IntNvLinkDeviceType, nvml.Return) {
		return nvml.NVLINK_DEVICE_TYPE_SWITCH, nvml.SUCCESS
	}
	d.GetMemoryInfo_v2Func = func() (nvml.Memory_v2, nvml.Return) {
		total := d.MemoryInfo.Total
		used := uint64(load().memory * float64(total))
		return nvml.Memory_v2{Total: total, Used: used, Free: total - used}, nvml.SUCCESS
	}
	d.GetUtilizationRatesFunc = func() (nvml.Utilization, nvml.Return) {
		l := load()
		return nvml.Utilization{Gpu: uint32(l.work * 100), Memory: uint32(l.work * 60)}, nvml.SUCCESS
	}
	d.GetTemperatureFunc = func(nvml.TemperatureSensors) (uint32, nvml.Return) { return uint32(load().celsius), nvml.SUCCESS }
	d.GetPowerUsageFunc = func() (uint32, nvml.Return) {
		return uint32(1000 * (float64(c.idle) + load().work*float64(c.limit-c.idle))), nvml.SUCCESS
	}
	d.GetEnforcedPowerLimitFunc = func() (uint32, nvml.Return) { return 1000 * c.limit, nvml.SUCCESS }
	d.GetClockInfoFunc = func(which nvml.ClockType) (uint32, nvml.Return) { return c.clockAt(which, load()), nvml.SUCCESS }
	d.GetCurrentClocksThrottleReasonsFunc = func() (uint64, nvml.Return) { return 0, nvml.SUCCESS }
	d.GetTotalEccErrorsFunc = func(nvml.MemoryErrorType, nvml.EccCounterType) (uint64, nvml.Return) { return 0, nvml.SUCCESS }
	nobody := func() ([]nvml.ProcessInfo, nvml.Return) { return nil, nvml.SUCCESS }
	d.GetComputeRunningProcessesFunc = nobody
	d.GetMPSComputeRunningProcessesFunc = nobody
	d.GetGraphicsRunningProcessesFunc = nobody
}

//go:build cgo

package gpu

import (
	"fmt"
	"math"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
)

// A load is what a simulated GPU is doing.
type load struct {
	work    float64 // 0 to 1
	memory  float64 // 0 to 1, of the total
	celsius float64
}

// loadAt returns a GPU's load at a moment. A busy GPU looks like a training run: utilisation, memory and temperature
// vary in waves. An idle GPU only has a temperature. The GPUs are a little out of phase.
func loadAt(at time.Time, index int, busy bool) load {
	t := float64(at.UnixMilli())/1000 + 7*float64(index)
	if !busy {
		return load{celsius: 31 + float64(index%4) + 1.5*wave(t, 600)}
	}
	work := 0.88 + 0.08*wave(t, 13) + 0.03*wave(t, 5)
	return load{
		work:    work,
		memory:  0.80 + 0.06*wave(t, 90),
		celsius: 58 + float64(index%4) + 4*wave(t, 120) + 4*(work-0.88),
	}
}

// wave oscillates between -1 and 1 with a period in seconds.
func wave(t, seconds float64) float64 { return math.Sin(2 * math.Pi * t / seconds) }

// clockAt returns a clock in MHz: an idle GPU slows its multiprocessors, not its memory.
func (c card) clockAt(which nvml.ClockType, l load) uint32 {
	const resting = 345
	switch {
	case which == nvml.CLOCK_MEM:
		return c.memory
	case l.work == 0:
		return resting
	}
	return uint32(float64(c.clock) - 60*l.work)
}

// address returns the PCI address of a simulated GPU. No machine has its domain.
func address(index int) nvml.PciInfo {
	var pci nvml.PciInfo
	for i, b := range fmt.Appendf(nil, "0000FFFF:%02X:00.0", 0x10*(index+1)) {
		pci.BusId[i] = int8(b) //nolint:gosec // C's char, and this is ASCII
	}
	return pci
}

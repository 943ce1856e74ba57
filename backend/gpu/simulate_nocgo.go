//go:build !cgo

package gpu

import (
	"context"
	"fmt"
	"time"

	"berth/model"
)

// A Simulated machine is described by NVIDIA's mock of NVML, which needs cgo: here there is none.
type Simulated struct{}

var _ Reader = (*Simulated)(nil)

// Simulate refuses: see errNoCgo.
func Simulate(spec string, _ func() time.Time) (*Simulated, error) {
	return nil, fmt.Errorf("simulate %q: %w", spec, errNoCgo)
}

// Sample is Reader's.
func (*Simulated) Sample(context.Context) Sample {
	return Sample{Condition: model.Condition{Reason: errNoCgo.Error()}}
}

// SetBusy does nothing.
func (*Simulated) SetBusy(map[model.GPUID]bool) {}

// Close is Reader's.
func (*Simulated) Close() {}

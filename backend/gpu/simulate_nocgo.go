//go:build !cgo

package gpu

import (
	"context"
	"fmt"
	"time"

	"berth/model"
)

// Simulated is empty here: NVIDIA's mock of NVML needs cgo.
type Simulated struct{}

var _ Reader = (*Simulated)(nil)

// Simulate fails: see errNoCgo.
func Simulate(spec string, _ func() time.Time) (*Simulated, error) {
	return nil, fmt.Errorf("simulate %q: %w", spec, errNoCgo)
}

// Sample implements Reader.
func (*Simulated) Sample(context.Context) Sample {
	return Sample{Condition: model.Condition{Reason: errNoCgo.Error()}}
}

// SetBusy does nothing.
func (*Simulated) SetBusy(map[model.GPUID]bool) {}

// Close implements Reader.
func (*Simulated) Close() {}

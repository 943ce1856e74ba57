//go:build cgo

package gpu

import (
	"math"
	"testing"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"berth/model"
)

// Drivers answer now and then with all bits set, or with an empty record.
func TestAnswersThatSayNothingAreUnknown(t *testing.T) {
	for reasons, want := range map[uint64]string{
		math.MaxUint64: "", math.MaxUint32: "", nvml.ClocksThrottleReasonHwThermalSlowdown: "heat", nvml.ClocksThrottleReasonSwPowerCap: "",
	} {
		if got := slowdownIn(reasons); got != want {
			t.Errorf("%#x slows down by %q", reasons, got)
		}
	}
	for n, want := range map[uint64]model.Maybe[uint64]{
		math.MaxUint64: {}, math.MaxUint32: {}, 0: model.Known(uint64(0)), 7: model.Known(uint64(7)),
	} {
		if got := countOf(n, true); got != want {
			t.Errorf("%#x counts %v", n, got)
		}
	}
	if got := memoryUseOf(0, 0); got != (memoryUse{}) {
		t.Errorf("no memory, of which nothing is used: %+v", got)
	}
	if got := memoryUseOf(0, 5); got.used != model.Known(model.Bytes(5)) {
		t.Errorf("memory in use of an unknown total: %+v", got)
	}
}

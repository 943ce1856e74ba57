package keeper

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"berth/backend/engine"
	"berth/backend/ledger"
	"berth/model"
)

// A keeper was suspended in the middle of a start, and resumed after a newer keeper had begun. It wrote down GPUs for
// an instance that had ended meanwhile, and nothing removed that file.
func TestADeposedKeeperHandsNothingIn(t *testing.T) {
	k, l, _, home := keeping(t)
	_, err := l.Begin(t.Context()) // another keeper begins
	check(t, err)
	i := model.Instance{ID: 1000, Order: model.Order{GPUs: 1}, GPUs: []model.GPUID{"GPU-1"}}
	gpus := []model.Device{{GPU: model.GPU{ID: "GPU-1"}}}
	if err := k.Handover.Hand(t.Context(), i, &engine.Container{}, gpus); !errors.Is(err, ledger.ErrDeposed) {
		t.Errorf("it hands GPUs in: %v", err)
	}
	if left, err := os.ReadDir(filepath.Join(home, "simulated")); err == nil && len(left) > 0 {
		t.Errorf("it wrote %v", left)
	}
}

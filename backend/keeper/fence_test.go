package keeper

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/backend/handover"
	"berth/backend/ledger"
	"berth/model"
)

// A keeper that was stopped in the middle of a start and woke beside a newer one wrote down GPUs for an instance that had
// ended meanwhile, where nobody removed them.
func TestADeposedKeeperHandsNothingIn(t *testing.T) {
	e := memory.New(time.Now)
	t.Cleanup(func() { check(t, e.Close()) })
	home := t.TempDir()
	l, err := ledger.Open(t.Context(), home, time.Now)
	check(t, err)
	defer func() { check(t, l.Close()) }()
	term, err := l.Begin(t.Context())
	check(t, err)
	k := New(Parts{
		Ledger: term, Engine: e, Say: func(string) {}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Handover: handover.New(handover.Parts{Engine: e, Home: home, Simulated: true, Now: time.Now}),
	})
	_, err = l.Begin(t.Context()) // another keeper
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

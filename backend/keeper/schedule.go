package keeper

import (
	"context"
	"errors"

	"berth/backend/handover"
	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// schedule gives a waiting instance its GPUs if enough are free and nobody who asked earlier waits for the
// same model. It reports whether it did; otherwise the instance says what it waits for.
func (k *Keeper) schedule(ctx context.Context, w world.World, i model.Instance, behind bool) bool {
	_, err := k.reserve(ctx, i, func(now *model.Instance, p ledger.Promises) error {
		if now.Intent != model.WantRunning || len(now.GPUs) > 0 {
			return errNotYet
		}
		if behind {
			return errors.New("waits for instances that asked earlier")
		}
		return grant(w, now, p)
	})
	switch {
	case err == nil:
		k.record(ctx, i.ID, "schedule", "GPUs are free")
		return true
	case errors.Is(err, errNotYet), errors.Is(err, ledger.ErrStale), errors.Is(err, ledger.ErrDeposed), errors.As(err, new(unwritten)):
	case i.Message != err.Error() || i.Phase != model.PhaseScheduling:
		k.complain(ctx, i.ID, "scheduling", k.write(ctx, i, func(now *model.Instance) {
			now.Phase, now.Message = model.PhaseScheduling, err.Error()
		}))
	}
	return false
}

// grant chooses GPUs for an instance that holds none and writes them into it. One whose container was made for
// certain GPUs can have only those.
func grant(w world.World, i *model.Instance, p ledger.Promises) error {
	devices := w.Capacity(p, model.Account{}).Devices
	got, err := model.Allocate(devices, i.Order.GPUs, i.Plan.GPUModel, i.Plan.GPUs)
	if c := w.ContainerOf(*i); c != nil && len(handover.Fixed(c)) > 0 {
		got, err = model.AllocateFixed(devices, handover.Fixed(c))
	}
	if err != nil {
		return err
	}
	i.GPUs, i.Plan.GPUs, i.Plan.WhyGPUs = got.GPUs, got.GPUs, got.Why
	i.Phase = model.PhaseCreating
	if i.Container != "" {
		i.Phase = model.PhaseStarting
	}
	return nil
}

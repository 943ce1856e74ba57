package keeper

import (
	"context"
	"errors"
	"time"

	"berth/backend/handover"
	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// schedule leases GPUs to a waiting instance if enough are free that aren't kept for instances that asked earlier. It
// reports whether it did. The row's message changes only with the kind of wait: the details (place in line, holders)
// are computed at each read.
func (k *Keeper) schedule(ctx context.Context, w world.World, i model.Instance) bool {
	err := k.reserve(ctx, i, func(now *model.Instance, p ledger.Promises) error {
		if now.Intent != model.WantRunning || len(now.GPUs) > 0 {
			return errNotYet
		}
		return grant(w, now, p, k.Now())
	})
	switch {
	case err == nil:
		k.record(ctx, i.ID, "schedule", "GPUs are free")
		return true
	case errors.Is(err, errNotYet), errors.Is(err, ledger.ErrStale), errors.Is(err, ledger.ErrDeposed), errors.As(err, new(storageError)):
	default:
		why := model.WaitsForGPUs
		if errors.Is(err, model.ErrFixed) {
			why = err.Error()
		}
		if i.Message != why || i.Phase != model.PhaseScheduling {
			k.complain(ctx, i.ID, "scheduling", k.write(ctx, i, func(now *model.Instance) {
				now.Phase, now.Message = model.PhaseScheduling, why
			}))
		}
	}
	return false
}

// grant chooses GPUs for an instance that has none, and writes them into it. A container that was created for certain
// GPUs can only have those.
func grant(w world.World, i *model.Instance, p ledger.Promises, now time.Time) error {
	p.Line = p.Line.Before(i.Turn)
	c := w.Capacity(p, model.Account{Owner: i.Owner}).For(i.Plan.Time)
	waiter, _ := i.Waiter()
	got, err := waiter.Choose(c.Devices, i.Plan.GPUs)
	if made := w.ContainerOf(*i); made != nil && len(handover.Fixed(made)) > 0 {
		got, err = model.AllocateFixed(c.Devices, handover.Fixed(made))
	}
	if err != nil {
		return err
	}
	i.GPUs = got.GPUs
	if i.Plan.Time.Ends.IsZero() { // else its run goes on, which an outage broke off
		i.Plan.Time = i.Plan.Time.Begin(now, w.Policy().Time)
	}
	i.Plan.SetGPUs(got, c, len(got.GPUs))
	i.Phase = model.PhaseCreating
	if i.Container != "" {
		i.Phase = model.PhaseStarting
	}
	return nil
}

package orders

import (
	"context"
	"fmt"

	"berth/backend/ledger"
	"berth/model"
)

// Act orders an instance to do something. It returns when the wish is written down, not when it is
// fulfilled. An order that makes no sense in the instance's phase is refused (model.ErrNotAllowed).
func (o *Orders) Act(ctx context.Context, id model.InstanceID, a model.Action) error {
	w, err := o.Look(ctx, false)
	if err != nil {
		return err
	}
	noop := false
	_, err = o.Ledger.Reserve(ctx, id, func(i *model.Instance, p ledger.Promises) error {
		if a == model.ActionStart && i.Intent == model.WantRunning && !i.Phase.Settled() {
			noop = true // starting what runs succeeds
			return nil
		}
		if err := i.Can(a); err != nil {
			return err
		}
		return o.wish(w, i, p, a)
	})
	if err != nil || noop {
		return err
	}
	o.Tell(ctx, id, string(a), "")
	return nil
}

// wish turns an action into what is wanted of an instance.
func (o *Orders) wish(w View, i *model.Instance, p ledger.Promises, a model.Action) error {
	switch a {
	case model.ActionStart:
		i.Intent, i.AskedAt, i.Message = model.WantRunning, o.Now(), "asked to start"
		return o.revive(w, i, p)
	case model.ActionStop:
		i.Intent, i.Phase, i.Message = model.WantStopped, model.PhaseStopping, "stopping"
	case model.ActionReboot:
		i.AskedAt, i.Phase, i.Message = o.Now(), model.PhaseRebooting, "rebooting"
	case model.ActionRecycle:
		i.Intent, i.AskedAt, i.Phase, i.Message = model.WantRunning, o.Now(), model.PhaseRecycling, "recycling"
	case model.ActionDestroy:
		i.Intent, i.Phase, i.Message = model.WantDestroyed, model.PhaseDestroying, "destroying"
	default:
		return fmt.Errorf("action %q: want start, stop, reboot, recycle or destroy", a)
	}
	return nil
}

// revive sets a settled instance on its way again. What it gave back it must be promised anew.
func (o *Orders) revive(w View, i *model.Instance, p ledger.Promises) error {
	if i.Plan.Disk == 0 {
		plan, faults := model.Propose(i.Order, w.Capacity(p, model.Account{Owner: i.Owner}))
		if err := faults.Of("disk").Err(); err != nil {
			return err
		}
		i.Plan.Disk = plan.Disk
	}
	ports, err := w.ChoosePorts(i.Plan.Ports, p)
	if err != nil {
		return err
	}
	i.Plan.Ports = ports
	switch {
	case i.Order.GPUs > 0:
		i.Phase = model.PhaseScheduling
	case i.Container != "":
		i.Phase = model.PhaseStarting
	default:
		i.Phase = model.PhaseCreating
	}
	return nil
}

// Relabel changes an instance's display name.
func (o *Orders) Relabel(ctx context.Context, id model.InstanceID, label string) error {
	if err := model.CheckLabel(label); err != nil {
		return err
	}
	_, err := o.Ledger.Update(ctx, id, func(i *model.Instance) error {
		i.Label = label
		return nil
	})
	if err == nil {
		o.Tell(ctx, id, "label", label)
	}
	return err
}

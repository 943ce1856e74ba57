package orders

import (
	"context"
	"errors"
	"fmt"

	"berth/model"
)

// Act orders an instance to do something. It returns when the wish is written down, not when it is fulfilled; nothing
// is asked of the engine before that. An order that makes no sense in the instance's phase is refused
// (model.ErrNotAllowed).
func (o *Orders) Act(ctx context.Context, id model.InstanceID, a model.Action) error {
	_, err := o.Ledger.Order(ctx, id, func(i *model.Instance) error {
		if a == model.ActionStart && i.Intent == model.WantRunning && !i.Phase.Settled() {
			return errNothingToDo // starting what runs succeeds
		}
		if err := i.Can(a); err != nil {
			return err
		}
		return o.wish(i, a)
	})
	if errors.Is(err, errNothingToDo) {
		return nil
	}
	if err == nil {
		o.Tell(ctx, id, string(a), "")
	}
	return err
}

// errNothingToDo says that what is ordered is so already.
var errNothingToDo = errors.New("nothing to do")

// wish turns an action into what is wanted of an instance. What it gave back when it stopped or failed, the keeper
// promises it anew.
func (o *Orders) wish(i *model.Instance, a model.Action) error {
	switch a {
	case model.ActionNewPorts:
		i.Plan.NewPorts, i.Plan.Ports = i.Container != "", model.Unleased(i.Plan.Ports)
		return o.wish(i, model.ActionStart)
	case model.ActionStart:
		i.Plan.PortHeld = false
		i.Intent, i.AskedAt, i.Message = model.WantRunning, o.Now(), "asked to start"
		switch {
		case i.Order.GPUs > 0:
			i.Phase = model.PhaseScheduling
		case i.Container != "":
			i.Phase = model.PhaseStarting
		default:
			i.Phase = model.PhaseCreating
		}
	case model.ActionStop:
		i.Intent, i.Phase, i.Message = model.WantStopped, model.PhaseStopping, "stopping"
	case model.ActionReboot:
		i.AskedAt, i.Phase, i.Message = o.Now(), model.PhaseRebooting, "rebooting"
	case model.ActionRecycle:
		if i.Phase == model.PhaseFailed { // perhaps by a port: it is made anew, and may have others
			i.Plan.Ports = model.Unleased(i.Plan.Ports)
		}
		i.Plan.NewPorts, i.Plan.PortHeld = false, false
		if i.Container == "" { // there is nothing to replace: its image may never have come
			return o.wish(i, model.ActionStart)
		}
		i.Intent, i.AskedAt, i.Phase, i.Message = model.WantRunning, o.Now(), model.PhaseRecycling, "recycling"
	case model.ActionDestroy:
		i.Intent, i.Phase, i.Message = model.WantDestroyed, model.PhaseDestroying, "destroying"
	default:
		return fmt.Errorf("action %q: want start, start on new ports, stop, reboot, recycle or destroy", a)
	}
	return nil
}

// Relabel changes an instance's display name.
func (o *Orders) Relabel(ctx context.Context, id model.InstanceID, label string) error {
	if err := model.CheckLabel(label); err != nil {
		return err
	}
	_, err := o.Ledger.Edit(ctx, id, func(i *model.Instance) error {
		i.Label = label
		return nil
	})
	if err == nil {
		o.Tell(ctx, id, "label", label)
	}
	return err
}

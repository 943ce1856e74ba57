package orders

import (
	"context"
	"errors"
	"fmt"
	"time"

	"berth/backend/ledger"
	"berth/model"
)

// Act gives an instance an order. It returns when the wish is in the ledger, not when it is fulfilled; the engine isn't
// asked for anything before. An order that isn't possible in the instance's phase is refused with model.ErrNotAllowed.
func (o *Orders) Act(ctx context.Context, id model.InstanceID, a model.Action) error {
	owner, err := o.limited(ctx, id, a)
	if err != nil {
		return err
	}
	_, err = o.Ledger.Order(ctx, id, func(i *model.Instance, held ledger.Promises) error {
		if a == model.ActionStart && i.Intent == model.WantRunning && !i.Phase.Settled() {
			return errNothingToDo // starting an instance that is starting or running already succeeds
		}
		if err := i.Can(a); err != nil {
			return err
		}
		if err := o.wish(i, a); err != nil || len(i.GPUs) > 0 || i.Phase != model.PhaseScheduling {
			return err
		}
		again := i.Order
		again.Disk = 0 // is promised already
		return o.Policy().Limits.Exceeds(again, owner, held.Held[i.Owner]).Err()
	})
	if errors.Is(err, errNothingToDo) {
		return nil
	}
	if err == nil {
		o.Record(ctx, id, string(a), "")
	}
	return err
}

// limited is the account whose limits an action is held against; an empty one where it asks for nothing.
func (o *Orders) limited(ctx context.Context, id model.InstanceID, a model.Action) (model.Account, error) {
	if p := o.Policy(); a != model.ActionStart && a != model.ActionNewPorts && a != model.ActionRecycle || p.Limits.None() {
		return model.Account{Owner: "root"}, nil
	}
	i, err := o.Ledger.Instance(ctx, id)
	if err != nil {
		return model.Account{}, err
	}
	return o.Owner(ctx, i.Owner)
}

// errNothingToDo says that the instance is already as ordered.
var errNothingToDo = errors.New("nothing to do")

// wish turns an action into the wanted state of an instance. Resources that the instance gave back when it stopped or
// failed are leased again by the keeper.
func (o *Orders) wish(i *model.Instance, a model.Action) error {
	if i.Plan.Removing == "" { // what it was to be recycled as isn't wanted any more; once the old container goes, it is
		i.Plan.Renewal = nil
	}
	switch a {
	case model.ActionNewPorts:
		i.Plan.NewPorts, i.Plan.Ports = i.Container != "", model.Unleased(i.Plan.Ports)
		return o.wish(i, model.ActionStart)
	case model.ActionStart:
		i.Plan.PortHeld, i.Plan.Stopped, i.Plan.Idle = false, "", model.IdleNotice{}
		i.Plan.Time = i.Plan.Time.Begin(o.Now(), o.Policy().Time)
		i.Intent, i.AskedAt, i.Message = model.WantRunning, o.Now(), "asked to start"
		switch {
		case i.Order.GPUs > 0:
			i.Phase, i.Plan.Time.Ends = model.PhaseScheduling, time.Time{} // its time begins when it is given GPUs
		case i.Container != "":
			i.Phase = model.PhaseStarting
		default:
			i.Phase = model.PhaseCreating
		}
	case model.ActionStop:
		i.Plan.Stopped = ""
		i.Intent, i.Phase, i.Message = model.WantStopped, model.PhaseStopping, "stopping"
	case model.ActionReboot:
		i.AskedAt, i.Phase, i.Message = o.Now(), model.PhaseRebooting, "rebooting"
	case model.ActionRecycle:
		if i.Phase == model.PhaseFailed { // a port may have been the reason: let the new container have other ports
			i.Plan.Ports = model.Unleased(i.Plan.Ports)
		}
		i.Plan.NewPorts, i.Plan.PortHeld = false, false
		if i.Container == "" { // nothing to replace, but the image that failed may be on the engine
			i.Plan.Fresh, i.Plan.Kept = true, ""
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

// RecycleAs recycles an instance as another order: number, GPUs, disk, key and the ports that are still asked for stay,
// and the file system is new. It returns when that is in the ledger. If the image can't be fetched, the instance stays
// as it is.
func (o *Orders) RecycleAs(ctx context.Context, id model.InstanceID, other model.Order) error {
	other.OnStart = model.UnixLines(other.OnStart)
	view, err := o.Look(ctx)
	if err != nil {
		return err
	}
	account, err := o.Account(ctx, other)
	if err != nil {
		return err
	}
	i, err := o.Ledger.Order(ctx, id, func(i *model.Instance, held ledger.Promises) error {
		if err := i.Can(model.ActionRecycle); err != nil {
			return err
		}
		renewal, faults := model.RenewalOf(*i, other, view.Capacity(held, account))
		if err := faults.Err(); err != nil {
			return err
		}
		if err := o.wish(i, model.ActionRecycle); err != nil {
			return err
		}
		made := model.Plan{Env: renewal.Env, Token: renewal.Token}
		addToken(&made, renewal.Order)
		renewal.Token = made.Token
		if i.Plan.Renewal = &renewal; i.Container == "" {
			i.Renew()
		}
		return nil
	})
	if err == nil {
		next := i.Renewed()
		o.Record(ctx, id, string(model.ActionRecycle), fmt.Sprintf("as %s from %s", next.Order.Mode, next.Order.Image))
	}
	return err
}

// Extend puts off the end of an instance's run, and returns when it ends then. It is no new order: who waits keeps its
// place, and what runs goes on.
func (o *Orders) Extend(ctx context.Context, id model.InstanceID, by model.Span) (time.Time, error) {
	view, err := o.Look(ctx)
	if err != nil {
		return time.Time{}, err
	}
	i, err := o.Booked.EditWithin(ctx, id, func(i *model.Instance, p ledger.Promises) (err error) {
		if i.Phase.Settled() || i.Phase == model.PhaseScheduling {
			return fmt.Errorf("%s: extend is %w: it is %s, and its time begins when it runs", id, model.ErrNotAllowed, i.Phase.Word())
		}
		if i.Plan.Time, err = i.Plan.Time.Extend(by, o.Now(), o.Policy().Time); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		return view.Capacity(p, model.Account{Owner: i.Owner}).GuardExtension(*i, o.Now())
	})
	if err == nil {
		o.Record(ctx, id, "extend", fmt.Sprintf("by %s, %s", by, i.Plan.Time.Words(o.Now())))
	}
	return i.Plan.Time.Ends, err
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
		o.Record(ctx, id, "label", label)
	}
	return err
}

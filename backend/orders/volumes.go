package orders

import (
	"context"
	"fmt"

	"berth/backend/ledger"
	"berth/model"
)

// CreateVolume promises a volume of so many GB. The engine makes it when the first instance has it.
func (o *Orders) CreateVolume(ctx context.Context, name string, size float64, shared bool) (model.Volume, error) {
	view, err := o.Look(ctx)
	if err != nil {
		return model.Volume{}, err
	}
	v, err := o.Ledger.AddVolume(ctx, func(p ledger.Promises) (model.Volume, error) {
		c := view.Capacity(p, model.Account{Owner: o.User(ctx)})
		faults := append(c.Policy.Refusal(), model.CheckVolume(name, size, c.Host)...)
		return model.Volume{
			Name: name, Owner: o.User(ctx), Size: model.Bytes(size * float64(model.GB)), Shared: shared, CreatedAt: o.Now(),
		}, faults.Err()
	})
	if err == nil {
		o.Record(ctx, 0, "volume", fmt.Sprintf("%s promised, %s", v.Name, v.Size))
	}
	return v, err
}

// ShareVolume lets others than its owner read a volume, or no more. Instances that have it keep it.
func (o *Orders) ShareVolume(ctx context.Context, name string, shared bool) error {
	return o.orderVolume(ctx, name, "shared", func(v *model.Volume) error {
		v.Shared = shared
		return nil
	})
}

// RemoveVolume orders that a volume goes with all that is in it, where no instance has it.
func (o *Orders) RemoveVolume(ctx context.Context, name string) error {
	return o.orderVolume(ctx, name, "to be removed", func(v *model.Volume) error {
		if v.Held() {
			return model.Fault{Field: "volume", Value: name, Kind: model.ErrVolumeHeld, Reason: v.State() + ": destroy what has it first"}
		}
		v.Removing = true
		return nil
	})
}

// orderVolume changes a volume for its owner, or for root.
func (o *Orders) orderVolume(ctx context.Context, name, what string, change func(*model.Volume) error) error {
	err := o.Ledger.OrderVolume(ctx, name, func(v *model.Volume) error {
		if user := o.User(ctx); v.Owner != user && user != "root" {
			return model.Fault{Field: "volume", Value: name, Kind: model.ErrNotAllowed, Reason: "it is " + v.Owner + "'s, and only they or root may change it"}
		}
		return change(v)
	})
	if err == nil {
		o.Record(ctx, 0, "volume", name+" "+what)
	}
	return err
}

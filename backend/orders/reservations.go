package orders

import (
	"context"

	"berth/backend/ledger"
	"berth/model"
)

// Reserve keeps GPUs for the user for a time. A beginning in the past is now. The refusal says who has what then, or
// which rule forbids it.
func (o *Orders) Reserve(ctx context.Context, r model.Reservation) (model.Reservation, error) {
	view, err := o.Look(ctx)
	if err != nil {
		return model.Reservation{}, err
	}
	r.Owner = o.User(ctx)
	account, err := o.Owner(ctx, r.Owner)
	if err != nil {
		return model.Reservation{}, err
	}
	if r.From.Before(o.Now()) {
		r.From = o.Now()
	}
	r, err = o.Booked.AddReservation(ctx, func(p ledger.Promises) (model.Reservation, error) {
		p.Line = nil // who waits now waits no longer than until it begins, or is told of it
		c := view.Capacity(p, account)
		r, faults := model.CheckReservation(r, c, o.Now())
		return r, append(c.Policy.Refusal(), faults...).Err()
	})
	if err == nil {
		o.Record(ctx, 0, "reserve", r.ID.String()+": "+r.Words(o.Now()))
	}
	return r, err
}

// CancelReservation ends a reservation of the user's, or anybody's for root.
func (o *Orders) CancelReservation(ctx context.Context, id model.ReservationID) error {
	r, err := o.Booked.CancelReservation(ctx, id, func(r model.Reservation) error {
		if user := o.User(ctx); r.Owner != user && user != "root" {
			return model.Fault{Field: "reservation", Value: id.String(), Kind: model.ErrNotAllowed, Reason: "it is " + r.Owner + "'s, and only they or root may cancel it"}
		}
		return nil
	})
	if err == nil {
		o.Record(ctx, 0, "reserve", id.String()+" cancelled: "+r.Words(o.Now()))
	}
	return err
}

package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"berth/model"
)

// bookings is the part of a ledger that is about reservations.
type bookings struct{ l *Ledger }

// Reservations returns all reservations, of which some may be over.
func (b bookings) Reservations(ctx context.Context) (model.Reservations, error) {
	var all model.Reservations
	err := b.l.read(ctx, func(tx *sql.Tx) (err error) {
		all, err = reservations(ctx, tx)
		return err
	})
	return all, err
}

func reservations(ctx context.Context, tx *sql.Tx) (model.Reservations, error) {
	var all model.Reservations
	const query = "SELECT id, owner, gpus, gpu_model, from_at, to_at FROM reservations ORDER BY from_at, id"
	err := queryEach(ctx, tx, query, nil, func(scan func(...any) error) error {
		var r model.Reservation
		var from, to int64
		err := scan(&r.ID, &r.Owner, &r.GPUs, &r.Model, &from, &to)
		r.From, r.To = fromNanos(from), fromNanos(to)
		all = append(all, r)
		return err
	})
	return all, err
}

// AddReservation adds a reservation, and forgets those that are over: decide is given what is held, and returns it without a
// number. decide's error undoes everything and comes out unchanged.
func (b bookings) AddReservation(ctx context.Context, decide func(Promises) (model.Reservation, error)) (model.Reservation, error) {
	var r model.Reservation
	err := b.l.write(ctx, func(tx *sql.Tx) error {
		held, err := promises(ctx, tx, 0)
		if err != nil {
			return err
		}
		if r, err = decide(held); err != nil {
			return err
		}
		_, failed := tx.ExecContext(ctx, "DELETE FROM reservations WHERE to_at <= ?", toNanos(b.l.now()))
		const add = "INSERT INTO reservations (owner, gpus, gpu_model, from_at, to_at) VALUES (?, ?, ?, ?, ?) RETURNING id"
		err = tx.QueryRowContext(ctx, add, r.Owner, r.GPUs, r.Model, toNanos(r.From), toNanos(r.To)).Scan(&r.ID)
		if err = errors.Join(failed, err); err != nil {
			return fmt.Errorf("ledger: reserve: %w", err)
		}
		return nil
	})
	return r, err
}

// CancelReservation removes a reservation, unless may refuses. The error wraps ErrAbsent where there is none of that
// number.
func (b bookings) CancelReservation(ctx context.Context, id model.ReservationID, may func(model.Reservation) error) (model.Reservation, error) {
	var r model.Reservation
	err := b.l.write(ctx, func(tx *sql.Tx) error {
		all, err := reservations(ctx, tx)
		if err != nil {
			return err
		}
		for _, other := range all {
			if other.ID != id {
				continue
			}
			r = other
			if err := may(r); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM reservations WHERE id = ?", id); err != nil {
				return fmt.Errorf("ledger: cancel %s: %w", id, err)
			}
			return nil
		}
		return fmt.Errorf("reservation %s: %w", id, ErrAbsent)
	})
	return r, err
}

// EditWithin is Edit for a change that needs to know what is held besides.
func (b bookings) EditWithin(
	ctx context.Context, id model.InstanceID, change func(*model.Instance, Promises) error,
) (model.Instance, error) {
	return amend(ctx, b.l, b.l.write, id, func(tx *sql.Tx, i *model.Instance) error {
		held, err := promises(ctx, tx, id)
		if err != nil {
			return err
		}
		return edited(i, func(i *model.Instance) error { return change(i, held) })
	})
}

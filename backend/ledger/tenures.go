package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"berth/model"
)

// tenuresKept is how long an ended tenure is stored: long enough to make a year's accounts a month late.
const tenuresKept = 400 * 24 * time.Hour

// Tenures returns who held which GPU, from earliest to latest. It has all tenures that hadn't ended at since, or began
// later.
func (l *Ledger) Tenures(ctx context.Context, since time.Time) ([]model.Tenure, error) {
	const held = `SELECT gpu_uuid, gpu_model, instance, owner, label, from_at, to_at FROM tenures
		WHERE to_at = 0 OR to_at > ? ORDER BY from_at, id`
	var all []model.Tenure
	err := l.read(ctx, func(tx *sql.Tx) error {
		err := queryEach(ctx, tx, held, []any{toNanos(since)}, func(scan func(...any) error) error {
			var t model.Tenure
			var from, to int64
			err := scan(&t.GPU, &t.Model, &t.Instance, &t.Owner, &t.Label, &from, &to)
			t.From, t.To = fromNanos(from), fromNanos(to)
			all = append(all, t)
			return err
		})
		if err != nil {
			return err
		}
		return withRests(ctx, tx, all, since)
	})
	return all, err
}

// FirstRecord returns the time of the oldest record in the ledger; the zero time if there is none.
func (l *Ledger) FirstRecord(ctx context.Context) (time.Time, error) {
	const first = "SELECT min(at) FROM (SELECT min(at) AS at FROM events UNION ALL SELECT min(from_at) FROM tenures)"
	var at sql.NullInt64
	err := l.read(ctx, func(tx *sql.Tx) error { return tx.QueryRowContext(ctx, first).Scan(&at) })
	if err != nil || !at.Valid {
		return time.Time{}, err
	}
	return fromNanos(at.Int64), nil
}

// Freed returns when each GPU was last released. It has only GPUs that were held once and aren't now.
func (l *Ledger) Freed(ctx context.Context) (map[model.GPUID]time.Time, error) {
	const freed = "SELECT gpu_uuid, max(to_at) FROM tenures GROUP BY gpu_uuid HAVING min(to_at) > 0"
	since := map[model.GPUID]time.Time{}
	err := l.read(ctx, func(tx *sql.Tx) error {
		return queryEach(ctx, tx, freed, nil, func(scan func(...any) error) error {
			var gpu model.GPUID
			var to int64
			err := scan(&gpu, &to)
			since[gpu] = fromNanos(to)
			return err
		})
	})
	return since, err
}

// keepTenures ends the tenures of GPUs that an instance no longer holds, and begins tenures of new ones.
func keepTenures(ctx context.Context, tx *sql.Tx, before, after model.Instance, now time.Time) error {
	if before.Label != after.Label {
		const rename = "UPDATE tenures SET label = ? WHERE instance = ? AND to_at = 0"
		if _, err := tx.ExecContext(ctx, rename, after.Label, after.ID); err != nil {
			return fmt.Errorf("ledger: tenures of %s: %w", after.ID, err)
		}
	}
	const end = "UPDATE tenures SET to_at = ? WHERE gpu_uuid = ? AND to_at = 0"
	ended := 0
	for _, gpu := range before.GPUs {
		if slices.Contains(after.GPUs, gpu) {
			continue
		}
		ended++
		if _, err := tx.ExecContext(ctx, end, toNanos(now), gpu); err != nil {
			return fmt.Errorf("ledger: end tenure of %s: %w", gpu, err)
		}
	}
	for _, gpu := range after.GPUs {
		if slices.Contains(before.GPUs, gpu) {
			continue
		}
		// A tenure may have been left open in a ledger that was repaired by hand. End it, so that the next one can
		// begin.
		if _, err := tx.ExecContext(ctx, end, toNanos(now), gpu); err != nil {
			return fmt.Errorf("ledger: end tenure of %s: %w", gpu, err)
		}
		const begin = `INSERT INTO tenures (gpu_uuid, gpu_model, instance, owner, label, from_at, to_at)
			VALUES (?, ?, ?, ?, ?, ?, 0)`
		_, err := tx.ExecContext(ctx, begin, gpu, after.Plan.GPUModel, after.ID, after.Owner, after.Label, toNanos(now))
		if err != nil {
			return fmt.Errorf("ledger: begin tenure of %s: %w", gpu, err)
		}
	}
	if ended == 0 {
		return nil
	}
	const forget = "DELETE FROM tenures WHERE to_at > 0 AND to_at < ?"
	if _, err := tx.ExecContext(ctx, forget, toNanos(now.Add(-tenuresKept))); err != nil {
		return fmt.Errorf("ledger: forget old tenures: %w", err)
	}
	return nil
}

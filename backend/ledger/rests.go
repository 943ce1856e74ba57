package ledger

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"berth/model"
)

// Rested writes down spells in which held GPUs computed nothing. A spell that is known already is extended. Spells that
// ended as long ago as tenures that are forgotten are forgotten.
func (l *Ledger) Rested(ctx context.Context, spells map[model.GPUID]model.Spell) error {
	const (
		put = `INSERT INTO rests (gpu_uuid, from_at, to_at) VALUES (?, ?, ?)
			ON CONFLICT (gpu_uuid, from_at) DO UPDATE SET to_at = max(to_at, excluded.to_at)`
		forget = "DELETE FROM rests WHERE to_at < ?"
	)
	return l.commit(ctx, func(tx *sql.Tx) error {
		for gpu, s := range spells {
			if _, err := tx.ExecContext(ctx, put, gpu, toNanos(s.From), toNanos(s.To)); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, forget, toNanos(l.now().Add(-tenuresKept)))
		return err
	})
}

// withRests gives tenures the spells that lie in them.
func withRests(ctx context.Context, tx *sql.Tx, tenures []model.Tenure, since time.Time) error {
	spells := map[model.GPUID][]model.Spell{}
	const rested = "SELECT gpu_uuid, from_at, to_at FROM rests WHERE to_at > ? ORDER BY from_at"
	err := queryEach(ctx, tx, rested, []any{toNanos(since)}, func(scan func(...any) error) error {
		var gpu model.GPUID
		var from, to int64
		err := scan(&gpu, &from, &to)
		spells[gpu] = append(spells[gpu], model.Spell{From: fromNanos(from), To: fromNanos(to)})
		return err
	})
	for n := range tenures {
		t := &tenures[n]
		t.Rests = slices.DeleteFunc(slices.Clone(spells[t.GPU]), func(s model.Spell) bool {
			return !s.To.After(t.From) || !t.To.IsZero() && !s.From.Before(t.To)
		})
	}
	return err
}

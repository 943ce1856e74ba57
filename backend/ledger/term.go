package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"berth/model"
)

// Reasons why a keeper's write was refused.
var (
	// ErrStale says that somebody has given an order since the instance was seen. Nothing was written.
	ErrStale = errors.New("there is a newer order")
	// ErrDeposed says that another keeper has begun since. Nothing was written, and nothing will be.
	ErrDeposed = errors.New("another keeper has taken over")
)

// A Term is the ledger for one keeper. Once another term has begun, all writes of this one fail with ErrDeposed, and so
// do the reads that the keeper acts on. So a process that was suspended and wakes up beside a newer keeper changes
// nothing. Methods may be called from any goroutine.
type Term struct {
	*Ledger
	number int64
}

// Begin begins a new term, which ends every earlier one.
func (l *Ledger) Begin(ctx context.Context) (*Term, error) {
	t := &Term{Ledger: l}
	err := l.commit(ctx, func(tx *sql.Tx) error {
		raise := tx.QueryRowContext(ctx, "UPDATE terms SET term = term + 1 WHERE only = 1 RETURNING term")
		if err := raise.Scan(&t.number); err != nil {
			return fmt.Errorf("ledger: begin a term: %w", err)
		}
		return nil
	})
	return t, err
}

// lasts fails with ErrDeposed once another term has begun.
func (t *Term) lasts(ctx context.Context, tx *sql.Tx) error {
	var now int64
	if err := tx.QueryRowContext(ctx, "SELECT term FROM terms").Scan(&now); err != nil {
		return fmt.Errorf("ledger: term: %w", err)
	}
	if now != t.number {
		return ErrDeposed
	}
	return nil
}

// Lasts fails with ErrDeposed once another term has begun. Call it right before a change outside the ledger.
func (t *Term) Lasts(ctx context.Context) error {
	return t.read(ctx, func(tx *sql.Tx) error { return t.lasts(ctx, tx) })
}

// write is Ledger.commit, and fails with ErrDeposed once the term has ended.
func (t *Term) write(ctx context.Context, do func(*sql.Tx) error) error {
	return t.commit(ctx, func(tx *sql.Tx) error {
		if err := t.lasts(ctx, tx); err != nil {
			return err
		}
		return do(tx)
	})
}

// Instance is Ledger.Instance, and fails with ErrDeposed once the term has ended.
func (t *Term) Instance(ctx context.Context, id model.InstanceID) (model.Instance, error) {
	var i model.Instance
	err := t.read(ctx, func(tx *sql.Tx) (err error) {
		if err := t.lasts(ctx, tx); err != nil {
			return err
		}
		i, err = instanceOf(ctx, tx, id)
		return err
	})
	return i, err
}

// Write and Reserve are the only ways for a keeper to change an instance. seen is the instance that the keeper decided on:
// if its wish is newer by now, nothing is written and the error is ErrStale. change gets the instance as it is now. The
// leases are updated to what it says afterwards; if somebody else holds one, the error is ErrTaken. If nothing changes,
// nothing is written and nobody is woken. An error of change undoes everything and is returned unchanged.
func (t *Term) Write(ctx context.Context, seen model.Instance, change func(*model.Instance) error) (model.Instance, error) {
	return t.guarded(ctx, seen, func(_ *sql.Tx, now *model.Instance) error { return change(now) })
}

// Reserve is Write for a change that allocates: change also gets what others hold. To read that takes longer than the
// rest of the transaction.
func (t *Term) Reserve(
	ctx context.Context, seen model.Instance, change func(*model.Instance, Promises) error,
) (model.Instance, error) {
	return t.guarded(ctx, seen, func(tx *sql.Tx, now *model.Instance) error {
		held, err := promises(ctx, tx, seen.ID)
		if err != nil {
			return err
		}
		return change(now, held)
	})
}

// guarded amends an instance while the term lasts and the wish is the one that was seen.
func (t *Term) guarded(
	ctx context.Context, seen model.Instance, change func(*sql.Tx, *model.Instance) error,
) (model.Instance, error) {
	return amend(ctx, t.Ledger, t.write, seen.ID, func(tx *sql.Tx, now *model.Instance) error {
		if now.Wish != seen.Wish {
			return fmt.Errorf("%s: %w", seen.ID, ErrStale)
		}
		return change(tx, now)
	})
}

// SetProgress stores the progress of an instance's pull. It is cheap enough to be called several times a second.
func (t *Term) SetProgress(ctx context.Context, id model.InstanceID, p model.Progress) error {
	return t.write(ctx, func(tx *sql.Tx) error {
		var there bool
		row := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM instances WHERE id = ?)", id)
		if err := row.Scan(&there); err != nil {
			return fmt.Errorf("ledger: progress of %s: %w", id, err)
		}
		if !there {
			return fmt.Errorf("%s: %w", id, model.ErrNoInstance)
		}
		return keepPull(ctx, tx, id, p)
	})
}

// Remove deletes an instance: its leases and keys go, its tenures end, its number is stored as removed, and history
// gets a line about it. As with Write, the error is ErrStale if there is a newer wish.
func (t *Term) Remove(ctx context.Context, seen model.Instance) error {
	id := seen.ID
	return t.write(ctx, func(tx *sql.Tx) error {
		i, err := instanceOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if i.Wish != seen.Wish {
			return fmt.Errorf("%s: %w", id, ErrStale)
		}
		nothing := model.Instance{ID: id, Owner: i.Owner, Label: i.Label}
		if err := t.leaseGPUs(ctx, tx, i, nothing); err != nil {
			return err
		}
		// Ports, pull and keys are deleted with the row, by foreign keys.
		if _, err := tx.ExecContext(ctx, "DELETE FROM instances WHERE id = ?", id); err != nil {
			return fmt.Errorf("ledger: remove %s: %w", id, err)
		}
		const remember = "INSERT INTO removed (id, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at"
		if _, err := tx.ExecContext(ctx, remember, id, toNanos(t.now())); err != nil {
			return fmt.Errorf("ledger: remember that %s was removed: %w", id, err)
		}
		return record(ctx, tx, model.Event{
			At: t.now(), Actor: i.Owner, Instance: id, Verb: "gone", Detail: removalLine(i, t.now()),
		})
	})
}

// ErrRemoved says that this ledger has removed an instance with that number.
var ErrRemoved = errors.New("was removed")

// Adopt adds an instance that runs, or ran, before the ledger knew it, under the id that it has. Later ids are higher.
// What it holds is taken from instances that aren't in running, because they have it only in their rows. The error is
// ErrTaken if a running one has it, and ErrRemoved if an instance with this id was removed.
func (t *Term) Adopt(ctx context.Context, i model.Instance, running []model.InstanceID) error {
	return t.write(ctx, func(tx *sql.Tx) error {
		var gone bool
		row := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM removed WHERE id = ?)", i.ID)
		if err := row.Scan(&gone); err != nil {
			return fmt.Errorf("ledger: adopt %s: %w", i.ID, err)
		}
		if gone {
			return fmt.Errorf("%s: %w", i.ID, ErrRemoved)
		}
		if err := t.yield(ctx, tx, i, running); err != nil {
			return err
		}
		turn, err := nextTurn(ctx, tx)
		if err != nil {
			return err
		}
		i.Wish, i.Turn = max(i.Wish, 1), turn
		return t.add(ctx, tx, i)
	})
}

// Correct changes a running instance's row to what its container really has. What it holds is taken from others as in
// Adopt.
func (t *Term) Correct(
	ctx context.Context, seen model.Instance, running []model.InstanceID, change func(*model.Instance) error,
) (model.Instance, error) {
	return t.guarded(ctx, seen, func(tx *sql.Tx, now *model.Instance) error {
		if err := change(now); err != nil {
			return err
		}
		return t.yield(ctx, tx, *now, running)
	})
}

// yield takes GPUs and external ports that an instance really has from instances that don't run.
func (t *Term) yield(ctx context.Context, tx *sql.Tx, to model.Instance, running []model.InstanceID) error {
	others, err := loadAll(ctx, tx)
	if err != nil {
		return err
	}
	for _, before := range others {
		if before.ID == to.ID || slices.Contains(running, before.ID) {
			continue
		}
		after := before
		after.GPUs = slices.DeleteFunc(slices.Clone(before.GPUs), func(id model.GPUID) bool { return slices.Contains(to.GPUs, id) })
		if len(after.GPUs) < len(before.GPUs) {
			after.GPUs = nil // a part of the GPUs is no use to it
		}
		after.Plan.Ports = slices.Clone(before.Plan.Ports)
		for n, p := range after.Plan.Ports {
			if p.External != 0 && slices.ContainsFunc(to.Plan.Ports, func(q model.Port) bool {
				return q.Protocol == p.Protocol && q.External == p.External
			}) {
				after.Plan.Ports[n].External = 0
			}
		}
		if slices.Equal(before.GPUs, after.GPUs) && slices.Equal(before.Plan.Ports, after.Plan.Ports) {
			continue
		}
		after.Message = fmt.Sprintf("what it was promised runs as %s", to.ID)
		if err := t.replace(ctx, tx, before, after); err != nil {
			return err
		}
	}
	return nil
}

// Removed returns when an instance with that number was removed; false if none was.
func (t *Term) Removed(ctx context.Context, id model.InstanceID) (at time.Time, was bool, err error) {
	var n int64
	err = t.row(ctx, "SELECT at FROM removed WHERE id = ?", []any{id}, &n)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return time.Time{}, false, nil
	case err != nil:
		return time.Time{}, false, fmt.Errorf("ledger: removed %s: %w", id, err)
	}
	return fromNanos(n), true, nil
}

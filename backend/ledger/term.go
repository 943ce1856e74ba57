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

// Kinds of what keeps a keeper from writing.
var (
	// ErrStale says that somebody has ordered something since the instance was seen: nothing was written.
	ErrStale = errors.New("there is a newer order")
	// ErrDeposed says that another keeper has begun since: nothing was written, and nothing will be.
	ErrDeposed = errors.New("another keeper has taken over")
)

// A Term is one keeper's time in office. All of its writes, and the reads that it acts on, fail with ErrDeposed once
// another term has begun: a process that was stopped and wakes beside a newer keeper changes nothing. Its methods may
// be called from any goroutine.
type Term struct {
	*Ledger
	number int64
}

// Begin begins a new term, which ends all others.
func (l *Ledger) Begin(ctx context.Context) (*Term, error) {
	t := &Term{Ledger: l}
	err := l.write(ctx, func(tx *sql.Tx) error {
		raise := tx.QueryRowContext(ctx, "UPDATE terms SET term = term + 1 WHERE only = 1 RETURNING term")
		if err := raise.Scan(&t.number); err != nil {
			return fmt.Errorf("ledger: begin a term: %w", err)
		}
		return nil
	})
	return t, err
}

// lasts is ErrDeposed once another term has begun.
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

// Lasts is ErrDeposed once another term has begun. Whoever is about to change something outside the ledger asks it
// right before.
func (t *Term) Lasts(ctx context.Context) error {
	return t.read(ctx, func(tx *sql.Tx) error { return t.lasts(ctx, tx) })
}

// write is the ledger's, for as long as the term lasts.
func (t *Term) write(ctx context.Context, do func(*sql.Tx) error) error {
	return t.Ledger.write(ctx, func(tx *sql.Tx) error {
		if err := t.lasts(ctx, tx); err != nil {
			return err
		}
		return do(tx)
	})
}

// Instance is the ledger's, for as long as the term lasts.
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

// Write is the only way in which a keeper changes an instance. It is given the instance as it was seen; where a newer
// wish stands by now, nothing is written and the error is ErrStale. change gets the instance as it is now and what the
// others hold. Leases follow what it says afterwards; one that somebody else has is ErrTaken. A change that changes
// nothing writes nothing and wakes nobody. change's error undoes everything and comes out unchanged.
func (t *Term) Write(
	ctx context.Context, seen model.Instance, change func(*model.Instance, Promises) error,
) (model.Instance, error) {
	return t.amend(ctx, seen.ID, func(tx *sql.Tx, now *model.Instance) error {
		if err := t.lasts(ctx, tx); err != nil {
			return err
		}
		if now.Wish != seen.Wish {
			return fmt.Errorf("%s: %w", seen.ID, ErrStale)
		}
		held, err := promises(ctx, tx, seen.ID)
		if err != nil {
			return err
		}
		return change(now, held)
	})
}

// SetProgress notes how far an instance's pull is. It is cheap enough for several times a second.
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

// Remove ends an instance: its leases and keys go, its tenures end, its number is remembered as removed, and one line
// of history says what it was. Like Write it does nothing where a newer wish stands.
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
		// Ports, pull and keys go with the row they reference.
		if _, err := tx.ExecContext(ctx, "DELETE FROM instances WHERE id = ?", id); err != nil {
			return fmt.Errorf("ledger: remove %s: %w", id, err)
		}
		const remember = "INSERT INTO removed (id, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at"
		if _, err := tx.ExecContext(ctx, remember, id, stamp(t.now())); err != nil {
			return fmt.Errorf("ledger: remember that %s was removed: %w", id, err)
		}
		return record(ctx, tx, model.Event{
			At: t.now(), Actor: i.Owner, Instance: id, Verb: "gone", Detail: epitaph(i, t.now()),
		})
	})
}

// ErrRemoved says that this ledger has removed an instance of that number.
var ErrRemoved = errors.New("was removed")

// Adopt adds an instance under the id it already has, which runs or ran before the ledger knew of it. Ids given out
// later are higher. What it holds it takes from those that are not among running, who had it on paper alone. The error is ErrTaken where one that runs has it, and ErrRemoved for an id that was removed.
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

// Correct makes a running instance's row what its container really has. What that takes from others it takes as Adopt
// does.
func (t *Term) Correct(
	ctx context.Context, seen model.Instance, running []model.InstanceID, change func(*model.Instance) error,
) (model.Instance, error) {
	return t.amend(ctx, seen.ID, func(tx *sql.Tx, now *model.Instance) error {
		if err := t.lasts(ctx, tx); err != nil {
			return err
		}
		if now.Wish != seen.Wish {
			return fmt.Errorf("%s: %w", seen.ID, ErrStale)
		}
		if err := change(now); err != nil {
			return err
		}
		return t.yield(ctx, tx, *now, running)
	})
}

// yield takes from those that don't run what an instance really has: their GPUs, and the numbers of their ports.
func (t *Term) yield(ctx context.Context, tx *sql.Tx, to model.Instance, running []model.InstanceID) error {
	others, err := load(ctx, tx, kept.instance)
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
			after.GPUs = nil // a part of what it asked for is no use to it
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

// Removed returns when an instance of that number was removed, and false where none was.
func (t *Term) Removed(ctx context.Context, id model.InstanceID) (at time.Time, was bool, err error) {
	var n int64
	err = t.reader.QueryRowContext(ctx, "SELECT at FROM removed WHERE id = ?", id).Scan(&n)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return time.Time{}, false, nil
	case err != nil:
		return time.Time{}, false, fmt.Errorf("ledger: removed %s: %w", id, err)
	}
	return moment(n), true, nil
}

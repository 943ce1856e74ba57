package ledger

import (
	"context"
	"database/sql"

	"berth/model"
)

// The verbs below are those of tests that are about leases and rows, whoever writes them.

// Update changes an instance, whatever its wish.
func (l *Ledger) Update(ctx context.Context, id model.InstanceID, change func(*model.Instance) error) (model.Instance, error) {
	return l.amend(ctx, id, func(_ *sql.Tx, i *model.Instance) error { return change(i) })
}

// Reserve is Update for a change that chooses among what is free.
func (l *Ledger) Reserve(ctx context.Context, id model.InstanceID, change func(*model.Instance, Promises) error) (model.Instance, error) {
	return l.amend(ctx, id, func(tx *sql.Tx, i *model.Instance) error {
		held, err := promises(ctx, tx, id)
		if err != nil {
			return err
		}
		return change(i, held)
	})
}

// term is the one that lasts, whoever began it.
func (l *Ledger) term(ctx context.Context) (*Term, error) {
	t := &Term{Ledger: l}
	return t, l.reader.QueryRowContext(ctx, "SELECT term FROM terms").Scan(&t.number)
}

// Remove ends an instance, whatever its wish.
func (l *Ledger) Remove(ctx context.Context, id model.InstanceID) error {
	t, err := l.term(ctx)
	if err != nil {
		return err
	}
	seen, err := l.Instance(ctx, id)
	if err != nil {
		return err
	}
	return t.Remove(ctx, seen)
}

// Adopt adds an instance under the id it has, beside others that run.
func (l *Ledger) Adopt(ctx context.Context, i model.Instance) error {
	t, err := l.term(ctx)
	if err != nil {
		return err
	}
	if _, err := l.exec(ctx, "DELETE FROM removed WHERE id = ?", i.ID); err != nil {
		return err
	}
	all, err := l.Instances(ctx)
	var running []model.InstanceID
	for _, other := range all {
		running = append(running, other.ID)
	}
	if err != nil {
		return err
	}
	return t.Adopt(ctx, i, running)
}

// SetProgress notes how far a pull is.
func (l *Ledger) SetProgress(ctx context.Context, id model.InstanceID, p model.Progress) error {
	t, err := l.term(ctx)
	if err != nil {
		return err
	}
	return t.SetProgress(ctx, id, p)
}

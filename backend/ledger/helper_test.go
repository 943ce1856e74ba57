package ledger

import (
	"context"
	"database/sql"

	"berth/model"
)

// The methods below are for tests about leases and rows. They don't check who may write.

// Update changes an instance, whatever its intent.
func (l *Ledger) Update(ctx context.Context, id model.InstanceID, change func(*model.Instance) error) (model.Instance, error) {
	return amend(ctx, l, l.write, id, func(_ *sql.Tx, i *model.Instance) error { return change(i) })
}

// Reserve is Update for a change that needs to know what is free.
func (l *Ledger) Reserve(ctx context.Context, id model.InstanceID, change func(*model.Instance, Promises) error) (model.Instance, error) {
	return amend(ctx, l, l.write, id, func(tx *sql.Tx, i *model.Instance) error {
		held, err := promises(ctx, tx, id)
		if err != nil {
			return err
		}
		return change(i, held)
	})
}

// term returns the current term, whichever process began it.
func (l *Ledger) term(ctx context.Context) (*Term, error) {
	t := &Term{Ledger: l}
	return t, l.row(ctx, "SELECT term FROM terms", nil, &t.number)
}

// Remove removes an instance, whatever its intent.
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

// Adopt adds an instance with this id, as if all others were running.
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

// SetProgress writes the progress of a pull.
func (l *Ledger) SetProgress(ctx context.Context, id model.InstanceID, p model.Progress) error {
	t, err := l.term(ctx)
	if err != nil {
		return err
	}
	return t.SetProgress(ctx, id, p)
}

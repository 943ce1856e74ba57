package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"berth/model"
)

// Instances returns all instances, complete but for their Use, by id. What their orders and plans point to is
// shared with other answers: it is to be read, and changed by Update only.
func (l *Ledger) Instances(ctx context.Context) ([]model.Instance, error) {
	var all []model.Instance
	err := l.read(ctx, func(tx *sql.Tx) (err error) {
		all, err = load(ctx, tx, 0, l.decoded.instance)
		return err
	})
	if err != nil {
		return nil, err
	}
	l.decoded.keep(all)
	return all, nil
}

// Instance returns one instance. The error wraps model.ErrNoInstance where there is none of that id.
func (l *Ledger) Instance(ctx context.Context, id model.InstanceID) (model.Instance, error) {
	var i model.Instance
	err := l.read(ctx, func(tx *sql.Tx) (err error) {
		i, err = one(ctx, tx, id)
		return err
	})
	return i, err
}

// Insert adds an instance: decide is given its id and what is held, and returns it with what it shall hold,
// which is leased in the same transaction. Its owner's last order is kept as well. decide's error undoes
// everything and comes out unchanged; a lease that somebody else has is ErrTaken.
func (l *Ledger) Insert(
	ctx context.Context, decide func(model.InstanceID, Promises) (model.Instance, error),
) (model.Instance, error) {
	var i model.Instance
	err := l.write(ctx, func(tx *sql.Tx) error {
		var id model.InstanceID
		next := tx.QueryRowContext(ctx, "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'instances'")
		if err := next.Scan(&id); err != nil {
			return fmt.Errorf("ledger: next id: %w", err)
		}
		held, err := promises(ctx, tx, id)
		if err != nil {
			return err
		}
		if i, err = decide(id, held); err != nil {
			return err
		}
		i.ID = id
		if err := l.add(ctx, tx, i); err != nil {
			return err
		}
		return keepOrder(ctx, tx, i.Owner, i.Order)
	})
	if err != nil {
		return model.Instance{}, err
	}
	return i, nil
}

// Adopt adds an instance under the id it already has, for a ledger that is rebuilt from containers' labels.
// Ids given out later are higher.
func (l *Ledger) Adopt(ctx context.Context, i model.Instance) error {
	return l.write(ctx, func(tx *sql.Tx) error { return l.add(ctx, tx, i) })
}

func (l *Ledger) add(ctx context.Context, tx *sql.Tx, i model.Instance) error {
	r, err := newRow(i)
	if err != nil {
		return err
	}
	const insert = "INSERT INTO instances (" + columns + ") VALUES " + places
	if _, err := tx.ExecContext(ctx, insert, r.values()...); err != nil {
		return fmt.Errorf("ledger: add %s: %w", i.ID, err)
	}
	return l.reconcile(ctx, tx, model.Instance{ID: i.ID}, i)
}

// Update changes an instance and makes its leases what it says afterwards: GPUs, the external ports of its
// plan, its plan's disk. A change that changes nothing writes nothing and wakes nobody. change's error undoes
// everything and comes out unchanged; a lease that somebody else has is ErrTaken.
func (l *Ledger) Update(
	ctx context.Context, id model.InstanceID, change func(*model.Instance) error,
) (model.Instance, error) {
	return l.amend(ctx, id, func(_ *sql.Tx, i *model.Instance) error { return change(i) })
}

// Reserve is Update for a change that chooses among what is free: it is also shown what the others hold.
func (l *Ledger) Reserve(
	ctx context.Context, id model.InstanceID, change func(*model.Instance, Promises) error,
) (model.Instance, error) {
	return l.amend(ctx, id, func(tx *sql.Tx, i *model.Instance) error {
		held, err := promises(ctx, tx, id)
		if err != nil {
			return err
		}
		return change(i, held)
	})
}

func (l *Ledger) amend(
	ctx context.Context, id model.InstanceID, change func(*sql.Tx, *model.Instance) error,
) (model.Instance, error) {
	var after model.Instance
	err := l.write(ctx, func(tx *sql.Tx) error {
		before, err := one(ctx, tx, id)
		if err != nil {
			return err
		}
		// The change gets an instance of its own, since it may write into the slices it finds.
		if after, err = one(ctx, tx, id); err != nil {
			return err
		}
		if err := change(tx, &after); err != nil {
			return err
		}
		after.ID = id
		return l.replace(ctx, tx, before, after)
	})
	if err != nil {
		return model.Instance{}, err
	}
	return after, nil
}

func (l *Ledger) replace(ctx context.Context, tx *sql.Tx, before, after model.Instance) error {
	was, err := newRow(before)
	if err != nil {
		return err
	}
	is, err := newRow(after)
	if err != nil {
		return err
	}
	if was != is {
		const update = "UPDATE instances SET (" + columns + ") = " + places + " WHERE id = ?"
		if _, err := tx.ExecContext(ctx, update, append(is.values(), is.id)...); err != nil {
			return fmt.Errorf("ledger: update %s: %w", after.ID, err)
		}
	}
	return l.reconcile(ctx, tx, before, after)
}

// reconcile makes everything kept beside an instance's row what it now says: leases, tenures, pull.
func (l *Ledger) reconcile(ctx context.Context, tx *sql.Tx, before, after model.Instance) error {
	if err := l.leaseGPUs(ctx, tx, before, after); err != nil {
		return err
	}
	if err := leasePorts(ctx, tx, after); err != nil {
		return err
	}
	if reflect.DeepEqual(before.Pull, after.Pull) {
		return nil
	}
	return keepPull(ctx, tx, after.ID, after.Pull)
}

// SetProgress notes how far an instance's pull is. It is cheap enough for several times a second.
func (l *Ledger) SetProgress(ctx context.Context, id model.InstanceID, p model.Progress) error {
	return l.write(ctx, func(tx *sql.Tx) error {
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

func keepPull(ctx context.Context, tx *sql.Tx, id model.InstanceID, p model.Progress) error {
	text, err := json.Marshal(p)
	if err == nil {
		const keep = "INSERT INTO pulls (instance, progress_json) VALUES (?, ?)" +
			" ON CONFLICT DO UPDATE SET progress_json = excluded.progress_json"
		_, err = tx.ExecContext(ctx, keep, id, string(text))
	}
	if err != nil {
		return fmt.Errorf("ledger: progress of %s: %w", id, err)
	}
	return nil
}

// Remove ends an instance: its leases and keys go, its tenures end, and one line of history says what it was.
func (l *Ledger) Remove(ctx context.Context, id model.InstanceID) error {
	return l.write(ctx, func(tx *sql.Tx) error {
		i, err := one(ctx, tx, id)
		if err != nil {
			return err
		}
		nothing := model.Instance{ID: id, Owner: i.Owner, Label: i.Label}
		if err := l.leaseGPUs(ctx, tx, i, nothing); err != nil {
			return err
		}
		// Ports, pull and keys go with the row they reference.
		if _, err := tx.ExecContext(ctx, "DELETE FROM instances WHERE id = ?", id); err != nil {
			return fmt.Errorf("ledger: remove %s: %w", id, err)
		}
		return record(ctx, tx, model.Event{
			At: l.now(), Actor: i.Owner, Instance: id, Verb: "gone", Detail: epitaph(i, l.now()),
		})
	})
}

// epitaph is what history keeps of an instance: nothing that could be secret.
func epitaph(i model.Instance, now time.Time) string {
	words := []string{i.Order.Image}
	if i.Label != "" {
		words = append(words, strconv.Quote(i.Label))
	}
	words = append(words, model.CountGPUs(i.Order.GPUs), fmt.Sprintf("disk %d GB", i.Plan.Disk/model.GB))
	if !i.CreatedAt.IsZero() {
		words = append(words, "existed "+now.Sub(i.CreatedAt).Round(time.Second).String())
	}
	return strings.Join(words, ", ")
}

package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"berth/model"
)

// Instances returns all instances by id, complete except for Use. Their slices and maps are shared with other callers,
// so they must not be changed.
func (l *Ledger) Instances(ctx context.Context) ([]model.Instance, error) {
	var all []model.Instance
	err := l.read(ctx, func(tx *sql.Tx) (err error) {
		all, err = l.stamps.load(ctx, tx)
		return err
	})
	return all, err
}

// Instance returns one instance. The error wraps model.ErrNoInstance if there is none with that id.
func (l *Ledger) Instance(ctx context.Context, id model.InstanceID) (model.Instance, error) {
	var i model.Instance
	err := l.read(ctx, func(tx *sql.Tx) (err error) {
		i, err = instanceOf(ctx, tx, id)
		return err
	})
	return i, err
}

// Insert adds an instance. decide gets its id and what is held, and returns the instance; what it holds is leased in
// the same transaction. The order is also stored as its owner's last order. An error of decide undoes everything and is
// returned unchanged. If somebody else holds a lease that the instance wants, the error is ErrTaken.
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
		if i.Turn, err = nextTurn(ctx, tx); err != nil {
			return err
		}
		i.ID, i.Wish = id, 1
		if err := l.add(ctx, tx, i); err != nil {
			return err
		}
		if err := useVolumes(ctx, tx, i); err != nil {
			return err
		}
		return keepOrder(ctx, tx, i.Owner, i.Order)
	})
	if err != nil {
		return model.Instance{}, err
	}
	return i, nil
}

func (l *Ledger) add(ctx context.Context, tx *sql.Tx, i model.Instance) error {
	r, err := newRow(i)
	if err != nil {
		return err
	}
	const insert = "INSERT INTO instances (" + columns + ") VALUES " + placeholders
	if _, err := tx.ExecContext(ctx, insert, r.values()...); err != nil {
		return fmt.Errorf("ledger: add %s: %w", i.ID, err)
	}
	return l.reconcile(ctx, tx, model.Instance{ID: i.ID}, i)
}

// Order writes a new wish about an instance. It raises the wish's number, so that nothing decided on an older wish is
// written any more. The leases are updated to what the instance says afterwards: GPUs, its plan's external ports, its
// plan's disk. An error of change undoes everything and is returned unchanged.
func (l *Ledger) Order(
	ctx context.Context, id model.InstanceID, change func(*model.Instance, Promises) error,
) (model.Instance, error) {
	return amend(ctx, l, l.write, id, func(tx *sql.Tx, i *model.Instance) (err error) {
		i.Wish++
		if i.Turn, err = nextTurn(ctx, tx); err != nil {
			return err
		}
		held, err := promises(ctx, tx, id)
		if err != nil {
			return err
		}
		return change(i, held)
	})
}

// nextTurn returns the turn of a new order: one more than that of every order before.
func nextTurn(ctx context.Context, tx *sql.Tx) (turn int64, err error) {
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(turn), 0) + 1 FROM instances").Scan(&turn); err != nil {
		return 0, fmt.Errorf("ledger: next turn: %w", err)
	}
	return turn, nil
}

// ErrNotEdited says that an edit tried to change what only orders and the keeper may change.
var ErrNotEdited = errors.New("an edit leaves intent, phase, container and GPUs alone")

// Edit changes what no wish is about, such as the label or the keys. If nothing changes, nothing is written and nobody
// is woken. An error of change undoes everything and is returned unchanged.
func (l *Ledger) Edit(
	ctx context.Context, id model.InstanceID, change func(*model.Instance) error,
) (model.Instance, error) {
	return amend(ctx, l, l.write, id, func(_ *sql.Tx, i *model.Instance) error { return edited(i, change) })
}

// edited changes an instance, and refuses a change of what edits leave alone.
func edited(i *model.Instance, change func(*model.Instance) error) error {
	before := *i
	held := slices.Clone(i.GPUs)
	if err := change(i); err != nil {
		return err
	}
	if i.Intent != before.Intent || i.Phase != before.Phase || i.Wish != before.Wish || i.Container != before.Container ||
		i.Starting != before.Starting || !slices.Equal(i.GPUs, held) {
		return fmt.Errorf("ledger: %s: %w", i.ID, ErrNotEdited)
	}
	return nil
}

// amend changes an instance in a transaction of the ledger's write or of a term's.
func amend(
	ctx context.Context, l *Ledger, write func(context.Context, func(*sql.Tx) error) error, id model.InstanceID,
	change func(*sql.Tx, *model.Instance) error,
) (model.Instance, error) {
	var after model.Instance
	err := write(ctx, func(tx *sql.Tx) error {
		k, err := loadOne(ctx, tx, id)
		if err != nil {
			return err
		}
		before, err := k.instance()
		if err != nil {
			return err
		}
		// change gets a second, separate copy, because it may write into the slices.
		if after, err = k.instance(); err != nil {
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
		const update = "UPDATE instances SET (" + columns + ") = " + placeholders + " WHERE id = ?"
		if _, err := tx.ExecContext(ctx, update, append(is.values(), is.id)...); err != nil {
			return fmt.Errorf("ledger: update %s: %w", after.ID, err)
		}
	}
	return l.reconcile(ctx, tx, before, after)
}

// reconcile updates what is stored beside an instance's row to match it: leases, tenures, pull progress.
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

// removalLine returns the line that history keeps of a removed instance. It contains nothing secret.
func removalLine(i model.Instance, now time.Time) string {
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

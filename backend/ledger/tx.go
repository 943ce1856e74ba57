package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"berth/model"
)

// write runs do in a transaction that has the file's write lock from its first statement on. do's error comes
// out unchanged, with everything undone.
func (l *Ledger) write(ctx context.Context, do func(*sql.Tx) error) (err error) {
	if l.frozen != nil {
		return l.frozen
	}
	defer func() { err = explained(l.dir, err) }()
	tx, err := l.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if err := do(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("ledger: commit: %w", err)
	}
	nudge(l.wrote)
	return nil
}

// read runs do on one state of the ledger, whatever is written meanwhile.
func (l *Ledger) read(ctx context.Context, do func(*sql.Tx) error) (err error) {
	defer func() { err = explained(l.dir, err) }()
	tx, err := l.reader.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	return do(tx)
}

// each runs a query and calls take with the scanner of every row.
func each(ctx context.Context, tx *sql.Tx, query string, args []any, take func(scan func(...any) error) error) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	defer rows.Close() //nolint:errcheck // its error is that of Err, below
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// one loads one instance; its error wraps model.ErrNoInstance where there is none.
func one(ctx context.Context, tx *sql.Tx, id model.InstanceID) (model.Instance, error) {
	all, err := load(ctx, tx, id, row.instance)
	if err != nil {
		return model.Instance{}, err
	}
	if len(all) == 0 {
		return model.Instance{}, fmt.Errorf("%s: %w", id, model.ErrNoInstance)
	}
	return all[0], nil
}

// load returns the instance of an id, or with id 0 all of them, by id.
func load(
	ctx context.Context, tx *sql.Tx, id model.InstanceID, decode func(row) (model.Instance, error),
) ([]model.Instance, error) {
	var all []model.Instance
	at := map[model.InstanceID]int{}
	only := []any{id}
	const whole = "SELECT " + columns + " FROM instances WHERE ?1 IN (0, id) ORDER BY id"
	if err := each(ctx, tx, whole, only, func(scan func(...any) error) error {
		var r row
		if err := scan(r.scan()...); err != nil {
			return err
		}
		i, err := decode(r)
		at[i.ID] = len(all)
		all = append(all, i)
		return err
	}); err != nil {
		return nil, err
	}
	const gpus = "SELECT instance, gpu_uuid FROM gpu_leases WHERE ?1 IN (0, instance) ORDER BY instance, position"
	if err := each(ctx, tx, gpus, only, func(scan func(...any) error) error {
		var holder model.InstanceID
		var gpu model.GPUID
		if err := scan(&holder, &gpu); err != nil {
			return err
		}
		if n, there := at[holder]; there { // else a row of somebody who wrote past us
			all[n].GPUs = append(all[n].GPUs, gpu)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	const pulls = "SELECT instance, progress_json FROM pulls WHERE ?1 IN (0, instance)"
	return all, each(ctx, tx, pulls, only, func(scan func(...any) error) error {
		var of model.InstanceID
		var text string
		if err := scan(&of, &text); err != nil {
			return err
		}
		n, there := at[of]
		if !there {
			return nil
		}
		return json.Unmarshal([]byte(text), &all[n].Pull)
	})
}

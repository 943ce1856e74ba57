package ledger

import (
	"context"
	"database/sql"
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

// one loads what is kept of one instance; its error wraps model.ErrNoInstance where there is none.
func one(ctx context.Context, tx *sql.Tx, id model.InstanceID) (kept, error) {
	var found []kept
	const query = whole + " WHERE id = ?"
	err := each(ctx, tx, query, []any{id}, func(scan func(...any) error) error {
		k, err := scanned(scan)
		found = append(found, k)
		return err
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s: %w", id, model.ErrNoInstance)
	}
	if err != nil {
		return kept{}, err
	}
	return found[0], nil
}

// instanceOf is one, decoded.
func instanceOf(ctx context.Context, tx *sql.Tx, id model.InstanceID) (model.Instance, error) {
	k, err := one(ctx, tx, id)
	if err != nil {
		return model.Instance{}, err
	}
	return k.instance()
}

// load returns all instances, by id.
func load(ctx context.Context, tx *sql.Tx, decode func(kept) (model.Instance, error)) ([]model.Instance, error) {
	var all []model.Instance
	const query = whole + " ORDER BY id"
	return all, each(ctx, tx, query, nil, func(scan func(...any) error) error {
		k, err := scanned(scan)
		if err != nil {
			return err
		}
		i, err := decode(k)
		all = append(all, i)
		return err
	})
}

package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"berth/model"
)

// write is commit for what people order and keep: it returns when that is on the disk, so that it outlives a power cut.
func (l *Ledger) write(ctx context.Context, do func(*sql.Tx) error) error {
	if err := l.commit(ctx, do); err != nil {
		return err
	}
	if err := l.sync(filepath.Join(l.dir, fileName+"-wal")); err != nil {
		return withMeaning(l.dir, fmt.Errorf("ledger: what was written may not outlive a power cut: %w", err))
	}
	return nil
}

// syncFile returns when everything that was written into a file is on its disk. A write-ahead log that isn't there has
// been copied into the file and synced with that.
func syncFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// commit runs do in a transaction that holds the file's write lock from its beginning. An error of do undoes everything
// and is returned unchanged. A power cut may lose the last commits: what a keeper has observed is seen anew.
func (l *Ledger) commit(ctx context.Context, do func(*sql.Tx) error) (err error) {
	if l.frozen != nil {
		return l.frozen
	}
	defer func() { err = withMeaning(l.dir, err) }()
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

// read runs do on one consistent state of the ledger, whatever is written meanwhile.
func (l *Ledger) read(ctx context.Context, do func(*sql.Tx) error) (err error) {
	defer func() { err = withMeaning(l.dir, err) }()
	tx, err := l.reader.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	return do(tx)
}

// row reads one row outside a transaction; the error is sql.ErrNoRows if there is none.
func (l *Ledger) row(ctx context.Context, query string, args []any, into ...any) error {
	return withMeaning(l.dir, l.reader.QueryRowContext(ctx, query, args...).Scan(into...))
}

// queryEach runs a query and calls take with the scanner of each row.
func queryEach(ctx context.Context, tx *sql.Tx, query string, args []any, take func(scan func(...any) error) error) error {
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

// loadOne loads what is stored of one instance. The error wraps model.ErrNoInstance if there is none.
func loadOne(ctx context.Context, tx *sql.Tx, id model.InstanceID) (kept, error) {
	var found []kept
	const query = selectAll + " WHERE id = ?"
	err := queryEach(ctx, tx, query, []any{id}, func(scan func(...any) error) error {
		k, err := scanKept(scan)
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

// instanceOf loads one instance and decodes it.
func instanceOf(ctx context.Context, tx *sql.Tx, id model.InstanceID) (model.Instance, error) {
	k, err := loadOne(ctx, tx, id)
	if err != nil {
		return model.Instance{}, err
	}
	return k.instance()
}

// loadAll returns all instances, by id. What they hold and pull is read for all of them at once: asked for beside each row,
// it takes as long as the rows themselves.
func loadAll(ctx context.Context, tx *sql.Tx) ([]model.Instance, error) {
	gpus, pulls := map[model.InstanceID][]model.GPUID{}, map[model.InstanceID]string{}
	err := pairs(ctx, tx, "SELECT instance, gpu_uuid FROM gpu_leases ORDER BY instance, position", func(id model.InstanceID, gpu string) {
		gpus[id] = append(gpus[id], model.GPUID(gpu))
	})
	if err != nil {
		return nil, err
	}
	err = pairs(ctx, tx, "SELECT instance, progress_json FROM pulls", func(id model.InstanceID, text string) { pulls[id] = text })
	if err != nil {
		return nil, err
	}
	var all []model.Instance
	var k kept
	places := k.scan()
	const query = "SELECT " + columns + " FROM instances ORDER BY id"
	return all, queryEach(ctx, tx, query, nil, func(scan func(...any) error) error {
		if err := scan(places...); err != nil {
			return err
		}
		k.gpus, k.pull = noGPUs, pulls[k.id]
		if held := gpus[k.id]; len(held) > 0 {
			text, err := json.Marshal(held)
			if err != nil {
				return err
			}
			k.gpus = string(text)
		}
		i, err := k.instance()
		all = append(all, i)
		return err
	})
}

// pairs hands over what a query says of instances, by their ids.
func pairs(ctx context.Context, tx *sql.Tx, query string, take func(id model.InstanceID, text string)) error {
	var id model.InstanceID
	var text string
	return queryEach(ctx, tx, query, nil, func(scan func(...any) error) error {
		err := scan(&id, &text)
		take(id, text)
		return err
	})
}

package ledger

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
)

// ErrNewer says that a newer berth wrote this ledger.
var ErrNewer = errors.New("written by a newer berth: update this program (nothing was changed)")

// schema holds the migration steps: 1.sql turns an empty file into version 1, and so on. A released step is never
// edited.
//
//go:embed schema/*.sql
var schema embed.FS

// Schema is the version of the ledger that this program reads and writes: the number of the last step in schema.
const Schema = 12

// migrate brings the ledger at path to the version Schema, and keeps a backup of the old version. If the ledger has
// that version already, this costs two reads.
func migrate(ctx context.Context, path string, reader, writer *sql.DB) error {
	at, err := version(ctx, reader)
	if err != nil {
		return err
	}
	if err := enableWAL(ctx, reader, writer); err != nil || at == Schema {
		return err
	}
	tx, err := writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	// Another process may have migrated while this one waited for the lock.
	if at, err = version(ctx, tx); err != nil {
		return err
	}
	if at > 0 && at < Schema {
		if err := backUp(ctx, reader, path, at); err != nil {
			return fmt.Errorf("nothing was changed: keep it as it is before version %d: %w", Schema, err)
		}
	}
	for at < Schema {
		at++
		if err := step(ctx, tx, at); err != nil {
			return fmt.Errorf("migrate to version %d: %w", at, err)
		}
	}
	return tx.Commit()
}

// enableWAL makes the file one with a write-ahead log, in which readers and writers don't wait for each other and which
// Changed watches. The file itself stores that mode, but the copy that VACUUM INTO or .backup makes doesn't have it. It
// can't be changed inside a transaction.
func enableWAL(ctx context.Context, reader, writer *sql.DB) error {
	var mode string
	if err := reader.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil || mode == "wal" {
		return err
	}
	return writer.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
}

// version reads a ledger's version; 0 means an empty file.
func version(ctx context.Context, q interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}) (int, error) {
	var at int
	if err := q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&at); err != nil {
		return 0, err
	}
	if at > Schema {
		return 0, fmt.Errorf("version %d, this program knows %d: %w", at, Schema, ErrNewer)
	}
	return at, nil
}

func step(ctx context.Context, tx *sql.Tx, to int) error {
	text, err := schema.ReadFile(fmt.Sprintf("schema/%d.sql", to))
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", to))
	return err
}

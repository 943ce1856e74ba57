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

// schema holds the steps from each version to the next: 1.sql makes an empty file version 1. A step that was
// released is never edited.
//
//go:embed schema/*.sql
var schema embed.FS

// Schema is the version of the ledger that this program reads and writes: the last step in schema.
const Schema = 7

// migrate brings a ledger to the version Schema. A ledger that is there already costs one read.
func migrate(ctx context.Context, reader, writer *sql.DB) error {
	at, err := version(ctx, reader)
	if err != nil || at == Schema {
		return err
	}
	// The file itself remembers that it is written ahead. It can't be told inside a transaction.
	if _, err := writer.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
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
	for at < Schema {
		at++
		if err := step(ctx, tx, at); err != nil {
			return fmt.Errorf("migrate to version %d: %w", at, err)
		}
	}
	return tx.Commit()
}

// version reads a ledger's version; 0 is an empty file.
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

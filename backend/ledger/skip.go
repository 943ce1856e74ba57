package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"berth/model"
)

// SkipTo makes the next instance's number higher than id. Two ledgers may share one engine, on which a container's name
// can exist only once.
func (l *Ledger) SkipTo(ctx context.Context, id model.InstanceID) error {
	var last model.InstanceID
	err := l.read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT seq FROM sqlite_sequence WHERE name = 'instances'").Scan(&last)
	})
	if err != nil {
		return fmt.Errorf("ledger: last id: %w", err)
	}
	if id <= last {
		return nil
	}
	return l.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'instances'", id)
		if err != nil {
			return fmt.Errorf("ledger: skipping to %s: %w", id, err)
		}
		return nil
	})
}

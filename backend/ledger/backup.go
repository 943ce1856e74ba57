package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// backupsKept is how many backups upgrades keep, one for each earlier schema.
const backupsKept = 3

// BackupName returns the name of the file, in the ledger's folder, that has the ledger as it was before it was migrated
// away from this schema.
func BackupName(schema int) string { return fmt.Sprintf("berth.schema-%d.db", schema) }

// backUp copies the ledger at path before it is migrated to another schema, because a migration can't be undone. The
// caller holds the write lock, so the copy is exactly what will be migrated. The rename makes the copy appear complete
// or not at all.
func backUp(ctx context.Context, reader *sql.DB, path string, schema int) error {
	dir := filepath.Dir(path)
	draft, err := os.CreateTemp(dir, "."+BackupName(schema)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name()) //nolint:errcheck // after the rename the file is no longer there
	defer draft.Close()           //nolint:errcheck // Sync has reported any error that matters
	if err := draft.Chmod(fileMode(dir)); err != nil {
		return err
	}
	// VACUUM INTO accepts an existing file if it is empty. The copy includes what is committed in the write-ahead log.
	if _, err := reader.ExecContext(ctx, "VACUUM INTO ?", draft.Name()); err != nil {
		return err
	}
	if err := draft.Sync(); err != nil {
		return err
	}
	if err := os.Rename(draft.Name(), filepath.Join(dir, BackupName(schema))); err != nil {
		return err
	}
	return dropBackups(dir, schema-backupsKept)
}

// dropBackups removes the backups of this schema and of all earlier ones.
func dropBackups(dir string, upTo int) error {
	before, after, _ := strings.Cut(BackupName(0), "0")
	found, err := filepath.Glob(filepath.Join(dir, before+"*"+after))
	for _, path := range found {
		number := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), before), after)
		if schema, bad := strconv.Atoi(number); bad == nil && schema <= upTo {
			err = errors.Join(err, os.Remove(path))
		}
	}
	return err
}

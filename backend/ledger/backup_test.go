package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// aged makes a ledger of an older schema with one instance, owned by maria.
func aged(t *testing.T, dir string, schema int) {
	t.Helper()
	db := connect(nil, filepath.Join(dir, fileName), "immediate", 1)
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "PRAGMA journal_mode = WAL"); err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for at := 1; at <= schema; at++ {
		err = errors.Join(err, step(t.Context(), tx, at))
	}
	const insert = `INSERT INTO instances (owner, label, intent, phase, message, container, disk, asked_at, created_at, started_at,
		ended_at, order_json, plan_json) VALUES ('maria', 'old', 'running', 'running', 'answers', 'c', 1, 1, 1, 1, 0, '{}', '{}')`
	_, failed := tx.ExecContext(t.Context(), insert)
	if err := errors.Join(err, failed, tx.Commit()); err != nil {
		t.Fatal(err)
	}
}

// A migration can't be undone. The old ledger stays beside the new one, and an older berth can open it.
func TestAMigrationKeepsTheLedgerAsItWas(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o770); err != nil { // a folder that is shared with a group
		t.Fatal(err)
	}
	aged(t, dir, 2)
	l, err := Open(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(dir, BackupName(2))
	info, err := os.Stat(kept)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Fatalf("%v, %v", err, info)
	}
	old := connect(nil, kept, "immediate", 1)
	defer old.Close()
	at, err := version(t.Context(), old)
	var label string
	failed := old.QueryRowContext(t.Context(), "SELECT label FROM instances").Scan(&label)
	if err != nil || failed != nil || at != 2 || label != "old" {
		t.Errorf("the backup is of version %d with %q: %v, %v", at, label, err, failed)
	}
}

func TestALedgerThatIsUpToDateIsNotKeptTwice(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		l, err := Open(t.Context(), dir, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if names := backups(t, dir); len(names) != 0 {
		t.Errorf("there is %v", names)
	}
}

// Backups don't accumulate over years of upgrades.
func TestBackupsAreBounded(t *testing.T) {
	dir := t.TempDir()
	for schema := 1; schema < Schema; schema++ {
		if err := os.Remove(filepath.Join(dir, fileName)); err != nil && schema > 1 {
			t.Fatal(err)
		}
		aged(t, dir, schema)
		l, err := Open(t.Context(), dir, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{}
	for schema := Schema - backupsKept; schema < Schema; schema++ {
		want = append(want, BackupName(schema))
	}
	slices.Sort(want) // as the folder lists them
	if got := backups(t, dir); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("there is %v, want %v", got, want)
	}
}

// If the old ledger can't be backed up, it isn't migrated.
func TestNoMigrationWithoutABackup(t *testing.T) {
	dir := t.TempDir()
	aged(t, dir, 2)
	inTheWay := filepath.Join(dir, BackupName(2))
	if err := os.Mkdir(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), dir, time.Now)
	if err == nil || !strings.Contains(err.Error(), "nothing was changed") || !strings.Contains(err.Error(), inTheWay) {
		t.Errorf("it says %v", err)
	}
	old := connect(nil, filepath.Join(dir, fileName), "immediate", 1)
	defer old.Close()
	if at, err := version(t.Context(), old); err != nil || at != 2 {
		t.Errorf("the ledger is of version %d, %v", at, err)
	}
	if names := backups(t, dir); len(names) != 1 {
		t.Errorf("half a backup is left: %v", names)
	}
}

// backups returns the names in a folder that look like backups, complete or not.
func backups(t *testing.T, dir string) []string {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, f := range all {
		if strings.Contains(f.Name(), "schema") {
			names = append(names, f.Name())
		}
	}
	return names
}

// A copy made with VACUUM INTO or sqlite3's .backup is in rollback mode: brought back, its readers and writers would wait
// for each other, and nobody would see the sign of a write.
func TestABackupThatIsBroughtBackHasAWriteAheadLogAgain(t *testing.T) {
	dir, copied := t.TempDir(), t.TempDir()
	l, err := Open(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.reader.ExecContext(t.Context(), "VACUUM INTO ?", filepath.Join(copied, fileName)); err != nil {
		t.Fatal(err)
	}
	back, err := Open(t.Context(), copied, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	var mode string
	if err := back.writer.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("%v: the journal mode is %q", err, mode)
	}
}

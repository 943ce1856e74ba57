package ledger_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth/backend/ledger"
	"berth/model"
)

func TestTheFileIsAsOpenAsItsFolder(t *testing.T) {
	for name, c := range map[string]struct{ folder, file os.FileMode }{
		"a folder shared with a group": {0o770 | os.ModeSetgid, 0o660},
		"a folder of one's own":        {0o700, 0o600},
		"a folder all may read":        {0o755, 0o600},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state")
			if err := errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, c.folder)); err != nil {
				t.Fatal(err)
			}
			was := syscall.Umask(0o077)
			defer syscall.Umask(was)
			l := open(t, dir)
			if err := l.Note(t.Context(), "k", "v"); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{"berth.db", "berth.db-wal", "berth.db-shm"} {
				info, err := os.Stat(filepath.Join(dir, file))
				if err != nil {
					t.Fatal(err)
				}
				if info.Mode().Perm() != c.file {
					t.Errorf("%s has mode %o", file, info.Mode().Perm())
				}
			}
		})
	}
}

func TestTheFolderIsMadeForItsOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c#d%", "berth")
	open(t, dir)
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", err, info.Mode())
	}
	names, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "berth", "*"))
	if err != nil || len(names) == 0 {
		t.Errorf("%v, %v", err, names)
	}
	if drafts, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "berth", ".*")); len(drafts) != 0 {
		t.Errorf("left behind: %v", drafts)
	}
}

// Two users who share only a group write one ledger. The test needs root to act as both.
func TestUsersOfOneGroupShareALedger(t *testing.T) {
	if os.Getuid() != 0 {
		const why = "to become two other users takes root"
		if os.Getenv("BERTH_TEST_STRICT") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	const gid, first, second, stranger = 54321, 54322, 54323, 54324
	base, err := os.MkdirTemp("", "berth-shared-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	dir, binary := filepath.Join(base, "state"), filepath.Join(base, "test")
	if err := errors.Join(os.Chmod(base, 0o755), os.Mkdir(dir, 0o700), os.Chown(dir, 0, gid),
		os.Chmod(dir, 0o770|os.ModeSetgid), copyTest(binary)); err != nil {
		t.Fatal(err)
	}
	as := func(uid uint32, groups ...uint32) (string, error) {
		p := player(t, "note", dir, fmt.Sprint(uid), "was here")
		p.Path, p.Dir = binary, base
		p.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid, Groups: groups}}
		out, err := p.CombinedOutput()
		return string(out), err
	}
	for _, uid := range []uint32{first, second, 0, first} {
		if out, err := as(uid, gid); err != nil {
			t.Fatalf("user %d: %v: %s", uid, err, out)
		}
	}
	if out, err := as(stranger); err == nil || !strings.Contains(out, "permission denied") {
		t.Errorf("a stranger: %v: %s", err, out)
	}
	if err := os.Chmod(dir, 0o775|os.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	if out, err := as(stranger); err == nil || !strings.Contains(out, "join that group") {
		t.Errorf("a stranger who may look: %v: %s", err, out)
	}
}

func copyTest(to string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	b, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(to, b, 0o700), os.Chmod(to, 0o755))
}

func TestALedgerOfANewerBerthIsRefusedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	l, err := ledger.Open(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Note(t.Context(), "k", "v"), l.Close()); err != nil {
		t.Fatal(err)
	}
	was := setVersion(t, dir, 99)
	if _, err = ledger.Open(t.Context(), dir, time.Now); !errors.Is(err, ledger.ErrNewer) {
		t.Errorf("got %v", err)
	}
	setVersion(t, dir, was)
	if v, err := open(t, dir).Noted(t.Context(), "k"); err != nil || v != "v" {
		t.Errorf("%v, %q", err, v)
	}
}

// setVersion changes the version that a ledger's file states, and returns the old one.
func setVersion(t *testing.T, dir string, version int) (was int) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "berth.db"))
	if err != nil {
		t.Fatal(err)
	}
	read := db.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&was)
	_, err = db.ExecContext(t.Context(), fmt.Sprintf("PRAGMA user_version = %d", version))
	if err := errors.Join(read, err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return was
}

func TestAnEmptyFileBecomesALedger(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "berth.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	i := put(t, open(t, dir), full)
	if got, err := open(t, dir).Instance(t.Context(), i.ID); err != nil || got.ID != 1000 {
		t.Errorf("%v, %v", err, got.ID)
	}
	if _, err := os.Stat(filepath.Join(dir, "berth.db-wal")); err != nil {
		t.Errorf("it isn't written ahead: %v", err)
	}
}

func TestNoFolderIsNotTheWorkingDirectory(t *testing.T) {
	if l, err := ledger.Open(t.Context(), "", time.Now); err == nil {
		t.Errorf("opened, closing: %v", l.Close())
	}
}

func TestWhatIsNotALedgerIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "berth.db"), []byte(strings.Repeat("not a database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := ledger.Open(t.Context(), dir, time.Now)
	if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "berth.db")) {
		t.Errorf("got %v", err)
	}
}

// If something else is at the ledger's path, the error must say what. It once said that this user may not open the
// file, or had only SQLite's message.
func TestWhatStandsInTheLedgersPlaceIsSaid(t *testing.T) {
	folder, link := t.TempDir(), filepath.Join(t.TempDir(), "link")
	if err := os.Mkdir(filepath.Join(folder, "berth.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nowhere/at/all", link); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{folder, link} {
		_, err := ledger.Open(t.Context(), dir, time.Now)
		if m, _ := model.MeaningIn(err); m.Kind != "no folder" || !strings.Contains(m.Means, dir) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

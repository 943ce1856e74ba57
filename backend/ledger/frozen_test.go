package ledger

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// On a full disk every command, even a list, failed with "disk I/O error (4874)".
func TestALedgerOnAFullDiskIsStillRead(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small file system needs root: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	l, err := Open(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Note(t.Context(), "kept", "yes"); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	fill(t, filepath.Join(dir, "fill"))

	l, err = Open(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatalf("it isn't even read: %v", err)
	}
	copied := l.dir
	if got, err := l.Noted(t.Context(), "kept"); got != "yes" || err != nil {
		t.Errorf("what was noted reads %q, %v", got, err)
	}
	for _, err := range []error{l.Frozen(), l.Note(t.Context(), "kept", "no")} {
		if err == nil || !strings.HasPrefix(err.Error(), "no space left in "+dir) {
			t.Errorf("it says %v", err)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(copied); !os.IsNotExist(err) {
		t.Errorf("the copy is still there: %v", err)
	}
}

// fill writes to a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 16; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
}

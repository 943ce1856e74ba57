package ledger

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"berth/model"
)

// openFrozen opens a copy of a ledger whose disk is so full that SQLite can't even read: WAL mode needs to create files
// for reading. With the copy, lists still show what there is. The copy is in a temporary folder, which Close deletes; a
// write to it fails with the reason. If there is nothing to copy or no room for it, openFrozen returns the reason as
// its error.
func openFrozen(ctx context.Context, dir string, now func() time.Time, reason error) (*Ledger, error) {
	if m, _ := model.MeaningIn(reason); m.Kind != "disk full" {
		return nil, reason
	}
	copied, err := os.MkdirTemp("", "berth-ledger-*")
	if err != nil {
		return nil, reason
	}
	for _, suffix := range []string{"", "-wal"} { // the -wal file has the latest commits
		if err := copyFile(filepath.Join(dir, fileName+suffix), filepath.Join(copied, fileName+suffix)); err != nil {
			_ = os.RemoveAll(copied)
			return nil, reason
		}
	}
	l, err := open(ctx, nil, copied, now)
	if err != nil {
		_ = os.RemoveAll(copied)
		return nil, reason
	}
	l.frozen = reason
	return l, nil
}

// copyFile copies a file, readable for this user only. A missing file is no error.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // opened for reading
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// Frozen returns why the ledger can't be written, and what is read may soon be out of date; nil if it can be written.
func (l *Ledger) Frozen() error { return l.frozen }

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

// openFrozen opens a copy of a ledger whose folder has no room left even for what SQLite needs to read, so that lists
// still show what there is. The copy lies in a folder for temporary files and goes at Close; writing to it is refused
// with the reason. The error is the reason where there is nothing to copy, or no room anywhere.
func openFrozen(ctx context.Context, dir string, now func() time.Time, reason error) (*Ledger, error) {
	if m, _ := model.MeaningIn(reason); m.Kind != "disk full" {
		return nil, reason
	}
	copied, err := os.MkdirTemp("", "berth-ledger-*")
	if err != nil {
		return nil, reason
	}
	for _, suffix := range []string{"", "-wal"} { // the second holds what was written last
		if err := copyFile(filepath.Join(dir, fileName+suffix), filepath.Join(copied, fileName+suffix)); err != nil {
			_ = os.RemoveAll(copied)
			return nil, reason
		}
	}
	l, err := open(ctx, copied, now)
	if err != nil {
		_ = os.RemoveAll(copied)
		return nil, reason
	}
	l.frozen = reason
	return l, nil
}

// copyFile copies a file for this user alone. One that isn't there is no error.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // opened to read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// Frozen is why nothing can be written to the ledger, and what is read may soon be old; nil where that isn't so.
func (l *Ledger) Frozen() error { return l.frozen }

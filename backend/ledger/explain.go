package ledger

import (
	"errors"

	"golang.org/x/sys/unix"
	"modernc.org/sqlite"

	"berth/model"
)

// withMeaning adds to an error of SQLite or the file system what it means for the ledger in a folder, and what to do. The
// ledger's own errors stay as they are.
func withMeaning(dir string, err error) error {
	if !isForeign(err) {
		return err
	}
	return model.Explained(model.AreaLedger, err, model.Subject{Folder: dir})
}

// isForeign reports whether an error is SQLite's or the file system's.
func isForeign(err error) bool {
	var library *sqlite.Error
	return errors.As(err, &library) || isFileError(err)
}

func isFileError(err error) bool {
	for _, number := range []unix.Errno{
		unix.EACCES, unix.EPERM, unix.ENOENT, unix.ENOSPC, unix.EDQUOT, unix.EIO, unix.EROFS, unix.EEXIST, unix.ENOTDIR, unix.EISDIR,
	} {
		if errors.Is(err, number) {
			return true
		}
	}
	return false
}

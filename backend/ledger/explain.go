package ledger

import (
	"errors"

	"golang.org/x/sys/unix"
	"modernc.org/sqlite"

	"berth/model"
)

// explained puts before an error of SQLite's or of the file system what it means for the ledger in a folder, and what to
// do. Errors of the ledger's own stay as they are.
func explained(dir string, err error) error {
	var theirs *sqlite.Error
	if !errors.As(err, &theirs) && !fileSystems(err) {
		return err
	}
	return model.Explained(model.AreaLedger, err, model.Subject{Folder: dir})
}

func fileSystems(err error) bool {
	for _, number := range []unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EIO, unix.EROFS, unix.EEXIST, unix.ENOTDIR, unix.EISDIR} {
		if errors.Is(err, number) {
			return true
		}
	}
	return false
}

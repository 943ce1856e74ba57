package ledger

import (
	"io/fs"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"berth/model"
)

// A state folder that isn't this user's was said in the kernel's words alone.
func TestAFolderThatCantBeUsedIsSaidWithWhatToDo(t *testing.T) {
	for _, number := range []unix.Errno{
		unix.EACCES, unix.EPERM, unix.ENOENT, unix.ENOSPC, unix.EDQUOT, unix.EIO, unix.EROFS, unix.EEXIST, unix.ENOTDIR, unix.EISDIR,
	} {
		err := withMeaning("/srv/berth", &fs.PathError{Op: "open", Path: "/srv/berth/berth.db", Err: number})
		m, known := model.MeaningIn(err)
		if !known || m.Todo == "" || !strings.Contains(m.String(), "/srv/berth") {
			t.Errorf("%v: %v", number, err)
		}
	}
}

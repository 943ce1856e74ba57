// Package hostpath sees whether a folder of this machine may be given to instances by its path: whether it is there, and
// whether what is there can only be what the machine's owner meant.
//
// The engine is told a path, and walks it later, as root. So it isn't enough to walk it first and look: between the two
// walks somebody could put a link to /etc in the folder's place. Check therefore walks it without following any link, and
// sees at each step that nobody but root, or the user whose process this is, could replace the next one.
package hostpath

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Kinds of what is wrong with a folder.
var (
	ErrMissing  = missing{}
	ErrNoFolder = errors.New("not a folder")
	ErrLink     = errors.New("a link, and berth follows none")
	ErrUnsafe   = errors.New("somebody else could put another folder in its place")
)

// missing is fs.ErrNotExist in plainer words.
type missing struct{}

func (missing) Error() string        { return "there is no such folder on this machine" }
func (missing) Is(target error) bool { return target == fs.ErrNotExist }

// Check says why a folder can't be given by its path: an error of one of the kinds above, or one of the system.
func Check(path string) error {
	at, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("/: %w", err)
	}
	defer func() { _ = unix.Close(at) }() // nothing was written
	walked := ""
	for name := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		next, err := step(at, orRoot(walked), name)
		walked += "/" + name
		if err != nil {
			return fmt.Errorf("%s: %w", walked, err)
		}
		_ = unix.Close(at) // nothing was written
		at = next
	}
	return nil
}

func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// step opens a folder in another one, which only the trusted may change.
func step(in int, folder, name string) (int, error) {
	// A name has no slash and isn't "..": so this is as far as RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS go, on any kernel.
	if name == "" || name == "." || name == ".." {
		return -1, fmt.Errorf("%q: %w", name, ErrNoFolder)
	}
	next, err := unix.Openat(in, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return -1, ErrMissing
	case err != nil:
		return -1, err
	}
	if err := kept(in, next, folder); err != nil {
		return -1, errors.Join(err, unix.Close(next))
	}
	return next, nil
}

// kept sees that a folder's entry is a folder, and stays the one that it is.
func kept(in, entry int, folder string) error {
	var above, below unix.Stat_t
	if err := errors.Join(unix.Fstat(in, &above), unix.Fstat(entry, &below)); err != nil {
		return err
	}
	switch below.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		return ErrLink
	case unix.S_IFDIR:
	default:
		return ErrNoFolder
	}
	const groupOrOthers = 0o022
	switch {
	case !trusted(above.Uid):
		return fmt.Errorf("%w: %s is %s's", ErrUnsafe, folder, nameOf(above.Uid))
	case above.Mode&groupOrOthers == 0:
		return nil
	case above.Mode&unix.S_ISVTX != 0 && trusted(below.Uid): // as in /tmp: only its owner may rename it
		return nil
	}
	return fmt.Errorf("%w: more than its owner may write in %s", ErrUnsafe, folder)
}

// trusted are root, and the user whose process this is: they have the machine's containers anyway.
func trusted(uid uint32) bool { return uid == 0 || uid == uint32(os.Geteuid()) } //nolint:gosec // ids aren't negative

func nameOf(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "user " + id
}

// Setuid reports whether a program in a folder would run with its owner's rights when somebody on this machine runs it: the
// file system isn't mounted nosuid.
func Setuid(path string) bool {
	var f unix.Statfs_t
	return unix.Statfs(path, &f) == nil && f.Flags&unix.ST_NOSUID == 0
}

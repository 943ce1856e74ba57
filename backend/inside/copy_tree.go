package inside

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A hostTree is a folder of this machine that is filled with what a stranger sends. No name leads out of it, and
// neither does a link that lies in it, whoever put it there: each folder is opened from the one above it without
// following links, and everything done to a folder or file is done to what was opened. A link in the way of a
// folder or file is replaced, as rsync does, never followed. Hard links and modes stay within it too.
//
// Folders are held open from the tree's own down to the one that is being filled, and each gets its mode when it
// is left: until then a folder without a mode for writing can be filled.
type hostTree struct{ open []hostFolder }

// hostFolder is a folder that is held open.
type hostFolder struct {
	name string
	fd   int
	mode *uint32 // to be set once it is left; nil leaves it as it is
}

// mostDepth is how many folders may lie in each other: deeper than any tree that is meant to be used, and few
// enough to hold each open.
const mostDepth = 200

// errNoWay says that a folder stands where a file should go.
var errNoWay = errors.New("a file can't take the place of a folder")

const openFolder = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// openHostTree opens the tree's own folder, whose path was named by the user and has no links left in it.
func openHostTree(folder string) (*hostTree, error) {
	fd, err := unix.Open(folder, openFolder, 0)
	if err != nil {
		return nil, err
	}
	return &hostTree{[]hostFolder{{fd: fd}}}, nil
}

// put writes one file, folder or link, in place of a file or link of that name.
func (t *hostTree) put(h *tar.Header, content io.Reader) error {
	names, err := namesOf(h.Name)
	if err != nil {
		return err
	}
	mode := uint32(fs.FileMode(h.Mode).Perm()) //nolint:gosec // nine bits
	if h.Typeflag == tar.TypeDir {
		if err := t.enter(names, 0o700); err != nil {
			return err
		}
		t.open[len(names)].mode = &mode
		return nil
	}
	base := names[len(names)-1]
	if err := t.enter(names[:len(names)-1], 0o755); err != nil {
		return err
	}
	folder := t.open[len(t.open)-1].fd
	if err := makeWay(folder, base); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeSymlink:
		return unix.Symlinkat(h.Linkname, folder, base)
	case tar.TypeLink:
		return t.link(h.Linkname, folder, base)
	}
	return writeFile(folder, base, mode, h, content)
}

// namesOf are the names that a path is made of, none of which leads up or nowhere.
func namesOf(name string) ([]string, error) {
	if !filepath.IsLocal(name) || name == "." {
		return nil, errors.New("no name for a file")
	}
	names := strings.Split(filepath.Clean(name), "/")
	if len(names) > mostDepth {
		return nil, fmt.Errorf("more than %d folders in each other", mostDepth)
	}
	return names, nil
}

// enter goes to a folder of the tree. Folders that are missing are made.
func (t *hostTree) enter(names []string, mode uint32) error {
	same := 0
	for same < len(names) && same+1 < len(t.open) && t.open[same+1].name == names[same] {
		same++
	}
	if err := t.leave(same + 1); err != nil {
		return err
	}
	for _, name := range names[same:] {
		fd, err := makeFolder(t.open[len(t.open)-1].fd, name, mode)
		if err != nil {
			return err
		}
		t.open = append(t.open, hostFolder{name: name, fd: fd})
	}
	return nil
}

// leave lets go of the folders below the first n, the deepest first.
func (t *hostTree) leave(n int) error {
	var err error
	for len(t.open) > n {
		last := t.open[len(t.open)-1]
		t.open = t.open[:len(t.open)-1]
		if last.mode != nil {
			err = errors.Join(err, unix.Fchmod(last.fd, *last.mode))
		}
		err = errors.Join(err, unix.Close(last.fd))
	}
	return err
}

func (t *hostTree) close() error { return t.leave(0) }

// link gives a file of the tree one more name.
func (t *hostTree) link(target string, folder int, base string) error {
	names, err := namesOf(target)
	if err != nil {
		return err
	}
	at := t.open[0].fd
	for _, name := range names[:len(names)-1] {
		next, err := unix.Openat(at, name, openFolder, 0)
		if at != t.open[0].fd {
			err = errors.Join(err, unix.Close(at))
		}
		if err != nil {
			return fmt.Errorf("hard link to %s: %w", target, err)
		}
		at = next
	}
	err = unix.Linkat(at, names[len(names)-1], folder, base, 0) // of a link itself, not of what it points at
	if at != t.open[0].fd {
		err = errors.Join(err, unix.Close(at))
	}
	return err
}

// makeFolder opens a folder of another, and makes it where there is none. A link of that name makes way for it.
func makeFolder(above int, name string, mode uint32) (int, error) {
	fd, err := unix.Openat(above, name, openFolder, 0)
	if err == nil {
		return fd, nil
	}
	var old unix.Stat_t
	switch failed := unix.Fstatat(above, name, &old, unix.AT_SYMLINK_NOFOLLOW); {
	case errors.Is(failed, unix.ENOENT):
	case failed != nil:
		return -1, failed
	case old.Mode&unix.S_IFMT != unix.S_IFLNK:
		return -1, err
	default:
		if err := unix.Unlinkat(above, name, 0); err != nil {
			return -1, err
		}
	}
	if err := unix.Mkdirat(above, name, mode); err != nil {
		return -1, err
	}
	return unix.Openat(above, name, openFolder, 0)
}

// makeWay removes a file or link that has the name.
func makeWay(folder int, name string) error {
	var old unix.Stat_t
	err := unix.Fstatat(folder, name, &old, unix.AT_SYMLINK_NOFOLLOW)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil
	case err != nil:
		return err
	case old.Mode&unix.S_IFMT == unix.S_IFDIR:
		return errNoWay
	}
	return unix.Unlinkat(folder, name, 0)
}

// writeFile writes a new file into a folder.
func writeFile(folder int, name string, mode uint32, h *tar.Header, content io.Reader) error {
	fd, err := unix.Openat(folder, name, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), name)
	_, err = io.CopyN(f, content, h.Size)
	at := []unix.Timespec{unix.NsecToTimespec(h.ModTime.UnixNano()), unix.NsecToTimespec(h.ModTime.UnixNano())}
	return errors.Join(err, unix.Fchmod(fd, mode),
		unix.UtimesNanoAt(folder, name, at, unix.AT_SYMLINK_NOFOLLOW), f.Close())
}

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

// A hostTree writes what an instance sends into a folder of this machine. No name and no link can lead out of that
// folder, whoever made the link: each folder is opened from the one above it without following links, and all work is
// done through the open descriptors. A link in the place of a folder or file is replaced, as rsync does, and never
// followed. Hard links and modes also stay inside.
//
// The folders from the tree's root down to the one being filled stay open. Each gets its mode when it is closed, so
// that a folder whose mode forbids writing can be filled first.
type hostTree struct{ open []hostFolder }

// A hostFolder is an open folder.
type hostFolder struct {
	name string
	fd   int
	mode *uint32 // the mode to set when the folder is closed; nil: none
}

// mostDepth is the most folders inside each other. It is deeper than any useful tree, and few enough to keep all of
// them open.
const mostDepth = 200

// errNoWay means that a folder is in the place of a file.
var errNoWay = errors.New("a file can't take the place of a folder")

const openFolder = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// openHostTree opens the tree's root. The user named its path, and all links in it were resolved.
func openHostTree(folder string) (*hostTree, error) {
	fd, err := unix.Open(folder, openFolder, 0)
	if err != nil {
		return nil, err
	}
	return &hostTree{[]hostFolder{{fd: fd}}}, nil
}

// put writes one file, folder or link. It replaces a file or link of that name.
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

// namesOf splits a path into its names. It is an error if the path leads upward or nowhere.
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

// enter opens the folder of the tree with these names, as the last one in t.open. It makes missing folders.
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

// leave closes all open folders except the first n, the deepest first.
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

// link makes a hard link to a file of the tree.
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
	err = unix.Linkat(at, names[len(names)-1], folder, base, 0) // of a symbolic link itself, not of its target
	if at != t.open[0].fd {
		err = errors.Join(err, unix.Close(at))
	}
	return err
}

// makeFolder opens a folder inside another. It makes the folder if there is none, and replaces a link of that name.
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

// makeWay removes a file or link of that name.
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

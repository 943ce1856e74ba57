package layout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// A disk is the container's file system; in tests it is a folder in place of that. Its paths are absolute.
type disk struct{ root string }

// errLoop means that a path leads through too many links.
var errLoop = errors.New("too many links")

// resolve follows every link in a path, the last one too, and stays below the disk's root. It returns the path at which
// the file is, or would be made. Images replace some of berth's files and folders by links, and writes must reach the
// links' targets.
func (d disk) resolve(path string) (string, error) {
	left := strings.Split(filepath.Clean(path), "/")
	at := "/"
	for hops := 0; len(left) > 0; {
		name := left[0]
		left = left[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			at = filepath.Dir(at)
			continue
		}
		target, err := os.Readlink(d.onMachine(filepath.Join(at, name)))
		if err != nil { // not a link: a file, a folder, or nothing yet
			at = filepath.Join(at, name)
			continue
		}
		if hops++; hops > 40 {
			return "", fmt.Errorf("%s: %w", path, errLoop)
		}
		if filepath.IsAbs(target) {
			at = "/"
		}
		left = append(strings.Split(target, "/"), left...)
	}
	return at, nil
}

// onMachine returns a resolved path on the machine.
func (d disk) onMachine(path string) string { return filepath.Join(d.root, path) }

// read returns a file's content, or nil and no error if there is no file.
func (d disk) read(path string) ([]byte, error) {
	at, err := d.resolve(path)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(d.onMachine(at))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
}

// exists reports whether a path leads to anything.
func (d disk) exists(path string) bool {
	at, err := d.resolve(path)
	if err != nil {
		return false
	}
	_, err = os.Stat(d.onMachine(at))
	return err == nil
}

// folder makes a folder and its missing parents. Only the folder itself gets the mode.
func (d disk) folder(path string, mode fs.FileMode) error {
	at, err := d.resolve(path)
	if err != nil {
		return err
	}
	if _, err := os.Stat(d.onMachine(at)); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(d.onMachine(at)), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(d.onMachine(at), mode.Perm()); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Chmod(d.onMachine(at), mode) // sets the sticky bit too, and ignores the umask
}

// write replaces a file as a whole: a reader sees the old content or the new. A file that is mounted from outside can't
// be replaced (EBUSY), so it is overwritten in place.
func (d disk) write(path string, content []byte, mode fs.FileMode) error {
	at, err := d.resolve(path)
	if err != nil {
		return err
	}
	real := d.onMachine(at)
	if err := os.MkdirAll(filepath.Dir(real), 0o755); err != nil {
		return err
	}
	beside, err := os.CreateTemp(filepath.Dir(real), ".berth-*")
	if err != nil {
		return err
	}
	defer os.Remove(beside.Name()) //nolint:errcheck // after a successful rename it no longer exists
	_, err = beside.Write(content)
	if err = errors.Join(err, beside.Chmod(mode), beside.Close()); err != nil {
		return err
	}
	err = os.Rename(beside.Name(), real)
	if errors.Is(err, syscall.EBUSY) {
		return os.WriteFile(real, content, mode)
	}
	return err
}

// program reports whether a path leads to an executable file.
func (d disk) program(path string) bool {
	at, err := d.resolve(path)
	if err != nil {
		return false
	}
	is, err := os.Stat(d.onMachine(at))
	return err == nil && is.Mode().IsRegular() && is.Mode()&0o111 != 0
}

// size returns the size of the file that a path leads to, or -1 if there is none.
func (d disk) size(path string) int64 {
	at, err := d.resolve(path)
	if err != nil {
		return -1
	}
	is, err := os.Stat(d.onMachine(at))
	if err != nil || !is.Mode().IsRegular() {
		return -1
	}
	return is.Size()
}

// nameInUse reports whether a name is in use, even by a link that leads nowhere.
func (d disk) nameInUse(path string) bool {
	at, err := d.resolveParent(path)
	if err != nil {
		return true
	}
	_, err = os.Lstat(at)
	return err == nil
}

// remove removes a name. It doesn't remove what a link leads to.
func (d disk) remove(path string) error {
	at, err := d.resolveParent(path)
	if err != nil {
		return err
	}
	return os.Remove(at)
}

// resolveParent returns where a name itself is: it follows the links in the folder's path, but not the last one.
func (d disk) resolveParent(path string) (string, error) {
	folder, err := d.resolve(filepath.Dir(path))
	return filepath.Join(d.onMachine(folder), filepath.Base(path)), err
}

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

// A disk is the container's file system, or in tests a folder that stands for one. Its paths are absolute.
type disk struct{ root string }

// errLoop is a chain of links without end.
var errLoop = errors.New("too many links")

// resolve follows every link on the way to path, the last one too, and stays below the disk's root: the
// path it returns is where a file of that name is, or would be once it is made. Images turn files and
// folders of ours into links; what we write must reach the place they lead to.
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
		target, err := os.Readlink(d.real(filepath.Join(at, name)))
		if err != nil { // no link: a file, a folder, or not there yet
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

// real is where a resolved path lies.
func (d disk) real(path string) string { return filepath.Join(d.root, path) }

// read returns a file's content; nil and no error where there is none.
func (d disk) read(path string) ([]byte, error) {
	at, err := d.resolve(path)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(d.real(at))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
}

// exists reports whether there is something at the end of a path.
func (d disk) exists(path string) bool {
	at, err := d.resolve(path)
	if err != nil {
		return false
	}
	_, err = os.Stat(d.real(at))
	return err == nil
}

// folder makes a folder and those above it, where they are missing. The mode is of the last one.
func (d disk) folder(path string, mode fs.FileMode) error {
	at, err := d.resolve(path)
	if err != nil {
		return err
	}
	if _, err := os.Stat(d.real(at)); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(d.real(at)), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(d.real(at), mode.Perm()); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Chmod(d.real(at), mode) // whatever the mask, and the sticky bit too
}

// write puts a file in place whole: readers see the old content or the new. Where the place itself can't
// be replaced, as with a file mounted from outside, it is written over.
func (d disk) write(path string, content []byte, mode fs.FileMode) error {
	at, err := d.resolve(path)
	if err != nil {
		return err
	}
	real := d.real(at)
	if err := os.MkdirAll(filepath.Dir(real), 0o755); err != nil {
		return err
	}
	beside, err := os.CreateTemp(filepath.Dir(real), ".berth-*")
	if err != nil {
		return err
	}
	defer os.Remove(beside.Name()) //nolint:errcheck // gone already where the rename worked
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

// program reports whether there is a file at the end of a path that can be run.
func (d disk) program(path string) bool {
	at, err := d.resolve(path)
	if err != nil {
		return false
	}
	is, err := os.Stat(d.real(at))
	return err == nil && is.Mode().IsRegular() && is.Mode()&0o111 != 0
}

// size is that of the file at the end of a path; -1 where there is none.
func (d disk) size(path string) int64 {
	at, err := d.resolve(path)
	if err != nil {
		return -1
	}
	is, err := os.Stat(d.real(at))
	if err != nil || !is.Mode().IsRegular() {
		return -1
	}
	return is.Size()
}

// taken reports whether a name is used already, if only by a link that leads nowhere.
func (d disk) taken(path string) bool {
	at, err := d.beside(path)
	if err != nil {
		return true
	}
	_, err = os.Lstat(at)
	return err == nil
}

// remove removes a name, and not what it leads to.
func (d disk) remove(path string) error {
	at, err := d.beside(path)
	if err != nil {
		return err
	}
	return os.Remove(at)
}

// beside is where a name itself lies: the links on the way to it are followed, the last one isn't.
func (d disk) beside(path string) (string, error) {
	folder, err := d.resolve(filepath.Dir(path))
	return filepath.Join(d.real(folder), filepath.Base(path)), err
}

package inside

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"berth/model"
)

// hostSource is a file or folder of this machine.
func hostSource(root string) (copySource, error) {
	info, err := os.Stat(root)
	if err != nil {
		return copySource{}, plainPathError(err)
	}
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return copySource{}, plainPathError(err)
	}
	s := copySource{base: filepath.Base(root), folder: info.IsDir()}
	s.size, err = sizeOf(real)
	s.walk = func(ctx context.Context, each putFunc) error {
		return filepath.WalkDir(real, func(name string, d fs.DirEntry, err error) error {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			below, err := filepath.Rel(real, name)
			if err != nil {
				return err
			}
			return hostEntry(name, below, d, each)
		})
	}
	return s, err
}

// sizeOf is how much content a file or folder has.
func sizeOf(root string) (model.Maybe[model.Bytes], error) {
	var sum model.Bytes
	err := filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += model.Bytes(info.Size())
		}
		return err
	})
	return model.Known(sum), err
}

// hostEntry hands on one file, folder or link. To whom it belongs means nothing inside a container; neither does
// a bit that lets it run as its owner.
func hostEntry(name, below string, d fs.DirEntry, each putFunc) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket != 0 { // a tar has no type for one
		return each(&tar.Header{Name: below, Typeflag: tar.TypeFifo}, nil)
	}
	link := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if link, err = os.Readlink(name); err != nil {
			return err
		}
	}
	h, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return err
	}
	h.Name, h.Mode = below, h.Mode&0o777
	h.Uid, h.Gid, h.Uname, h.Gname = 0, 0, "", ""
	if !info.Mode().IsRegular() {
		return each(h, nil)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(each(h, f), f.Close())
}

// hostTarget is a place of this machine.
func hostTarget(p string) (copyTarget, error) {
	t := copyTarget{above: p, fill: fillHost}
	for {
		real, err := filepath.EvalSymlinks(t.above)
		if err == nil {
			t.above = real
			break
		}
		if !errors.Is(err, os.ErrNotExist) || t.above == "/" {
			return t, plainPathError(err)
		}
		t.rest = path.Join(path.Base(t.above), t.rest)
		t.above = path.Dir(t.above)
	}
	info, err := os.Stat(t.above)
	switch {
	case err != nil:
		return t, plainPathError(err)
	case !info.IsDir() && t.rest != "":
		return t, fmt.Errorf("%s is no folder", t.above)
	case !info.IsDir():
		t.above, t.rest, t.file = path.Dir(t.above), path.Base(t.above), true
	}
	return t, nil
}

// plainPathError is an error of a path without the path, which is said before it.
func plainPathError(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// fillHost writes entries below a folder of this machine. What a container says is called so and so is a
// stranger's word: an os.Root keeps every name, and every link on the way to it, within the folder.
func fillHost(ctx context.Context, above string, entries func(putFunc) error) error {
	root, err := os.OpenRoot(above)
	if err != nil {
		return err
	}
	modes := map[string]fs.FileMode{} // of folders, once they are filled
	err = entries(func(h *tar.Header, content io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if h.Typeflag == tar.TypeDir {
			modes[h.Name] = fs.FileMode(h.Mode).Perm() //nolint:gosec // twelve bits
			return root.MkdirAll(h.Name, 0o700)
		}
		return putOnHost(root, h, content)
	})
	for name, mode := range modes {
		err = errors.Join(err, root.Chmod(name, mode))
	}
	return errors.Join(err, root.Close())
}

// putOnHost writes one file or link, in place of one of that name.
func putOnHost(root *os.Root, h *tar.Header, content io.Reader) error {
	if err := root.MkdirAll(path.Dir(h.Name), 0o755); err != nil {
		return err
	}
	if err := makeWay(root, h.Name); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeSymlink:
		return root.Symlink(h.Linkname, h.Name)
	case tar.TypeLink:
		return root.Link(h.Linkname, h.Name)
	}
	return writeOnHost(root, h, content)
}

// makeWay removes a file or link that has the name.
func makeWay(root *os.Root, name string) error {
	old, err := root.Lstat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case old.IsDir():
		return fmt.Errorf("%s: a file can't take the place of a folder", name)
	}
	return root.Remove(name)
}

func writeOnHost(root *os.Root, h *tar.Header, content io.Reader) error {
	mode := fs.FileMode(h.Mode).Perm() //nolint:gosec // twelve bits
	f, err := root.OpenFile(h.Name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, content, h.Size)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", strings.TrimPrefix(h.Name, "./"), err)
	}
	return root.Chtimes(h.Name, h.ModTime, h.ModTime)
}

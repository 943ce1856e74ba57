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

	"berth/model"

	"golang.org/x/sys/unix"
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
	f, err := openOrdinary(unix.AT_FDCWD, name, unix.RESOLVE_NO_MAGICLINKS)
	if err != nil {
		return err
	}
	return errors.Join(each(h, f), f.Close())
}

// hostTarget is a place of this machine.
func hostTarget(p string) (copyTarget, error) {
	t := copyTarget{above: p, fill: fillHost}
	if info, err := os.Stat(p); err == nil && !info.IsDir() {
		if _, err := os.Readlink(p); err == nil { // a link in a file's place is replaced, as rsync does
			t.above, t.rest, t.file = path.Dir(p), path.Base(p), true
		}
	}
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
// stranger's word; a hostTree holds it.
func fillHost(ctx context.Context, above string, entries func(putFunc) error) error {
	tree, err := openHostTree(above)
	if err != nil {
		return err
	}
	err = entries(func(h *tar.Header, content io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := tree.put(h, content); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
		return nil
	})
	return errors.Join(err, tree.close())
}

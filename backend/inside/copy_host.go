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

	"golang.org/x/sys/unix"
)

// hostSource returns a file or folder of this machine as a source.
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

// sizeOf returns the number of bytes in a file or in all files of a folder.
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

// hostEntry passes one file, folder or link on. It drops the owner and the setuid and setgid bits, which have no
// meaning inside a container.
func hostEntry(name, below string, d fs.DirEntry, each putFunc) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket != 0 { // tar has no type for sockets; a pipe is left out just as well
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

// hostTarget returns a place of this machine as a destination.
func hostTarget(p string) (copyTarget, error) {
	t := copyTarget{above: p, fill: fillHost}
	if info, err := os.Stat(p); err == nil && !info.IsDir() {
		if _, err := os.Readlink(p); err == nil { // a link at the file's place is replaced, as rsync does
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

// plainPathError removes the path from an error, since the caller puts it before.
func plainPathError(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// fillHost writes entries below a folder of this machine. The entries' names come from a container and can't be
// trusted; a hostTree keeps them in the folder.
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
			return fmt.Errorf("%s: %w", strings.TrimSuffix(above, "/")+"/"+h.Name, err)
		}
		return nil
	})
	return errors.Join(err, tree.close())
}

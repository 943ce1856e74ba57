package inside

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"berth/backend/engine"
	"berth/model"
)

// copySource examines the source of a copy.
func (a *Access) copySource(ctx context.Context, p model.Place) (copySource, error) {
	if p.Instance == 0 {
		return hostSource(p.Clean())
	}
	i, err := a.withContainer(ctx, p.Instance)
	if err != nil {
		return copySource{}, err
	}
	at, err := a.locate(ctx, i.Container, p.Clean())
	if err != nil {
		return copySource{}, refusedAt(i, err)
	}
	if at.rest != "" {
		return copySource{}, errNoFile{}
	}
	s := copySource{base: path.Base(p.Clean()), folder: at.kind.IsDir()}
	if at.kind.IsRegular() {
		s.size = model.Known(at.size)
	}
	s.walk = func(ctx context.Context, each putFunc) error {
		archive, err := a.Engine.CopyFrom(ctx, i.Container, at.path)
		if err != nil {
			return refused(i, err)
		}
		return errors.Join(refused(i, untar(archive, at.path == "/", each)), archive.Close())
	}
	return s, nil
}

// errNoFile says that a path of an instance leads nowhere.
type errNoFile struct{}

func (errNoFile) Error() string { return "there is no such file or folder in it: check the path" }
func (errNoFile) Unwrap() error { return engine.ErrNotFound }

// untar goes through an engine's archive, whose names begin with that of what was asked for; the root has none.
func untar(archive io.Reader, ofRoot bool, each putFunc) error {
	below := func(name string) string {
		name = strings.TrimPrefix(path.Clean("/"+name), "/")
		if !ofRoot {
			_, name, _ = strings.Cut(name, "/")
		}
		return path.Join(".", name)
	}
	r := tar.NewReader(archive)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		h.Name = below(h.Name)
		if h.Typeflag == tar.TypeLink {
			h.Linkname = below(h.Linkname)
		}
		if err := each(h, r); err != nil {
			return err
		}
	}
}

// copyTarget examines the destination of a copy.
func (a *Access) copyTarget(ctx context.Context, p model.Place) (copyTarget, error) {
	if p.Instance == 0 {
		return hostTarget(p.Clean())
	}
	i, err := a.withContainer(ctx, p.Instance)
	if err != nil {
		return copyTarget{}, err
	}
	at, err := a.locate(ctx, i.Container, p.Clean())
	if err != nil {
		return copyTarget{}, refusedAt(i, err)
	}
	t := copyTarget{above: at.path, rest: at.rest}
	switch {
	case !at.kind.IsDir() && at.rest != "":
		return t, fmt.Errorf("%s is no folder", at.path)
	case !at.kind.IsDir():
		t.above, t.rest, t.file = path.Dir(at.path), path.Base(at.path), true
	}
	t.fill = func(ctx context.Context, above string, entries func(putFunc) error) error {
		return refused(i, a.fillInside(ctx, i.Container, above, entries))
	}
	return t, nil
}

// errPipe is the error that the archive's writer gets once the engine stops reading.
var errPipe = errors.New("the engine takes no more")

// fillInside streams entries into a folder of a container.
func (a *Access) fillInside(ctx context.Context, container, above string, entries func(putFunc) error) error {
	r, w := io.Pipe()
	packed := make(chan error, 1)
	go func() { // ends with the entries, or as soon as the engine stops reading
		err := pack(w, entries)
		_ = w.CloseWithError(err) // never fails
		packed <- err
	}()
	failed := a.Engine.CopyTo(ctx, container, above, r)
	_ = r.CloseWithError(errPipe) // never fails
	if err := <-packed; err != nil && !errors.Is(err, errPipe) {
		return err
	}
	return failed
}

// pack writes entries as a tar archive.
func pack(w io.Writer, entries func(putFunc) error) error {
	archive := tar.NewWriter(w)
	err := entries(func(h *tar.Header, content io.Reader) error {
		if err := archive.WriteHeader(h); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
		if h.Typeflag != tar.TypeReg {
			return nil
		}
		if _, err := io.CopyN(archive, content, h.Size); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return archive.Close()
}

// A location is where a path of a container leads: the part of the path that exists, and the rest.
type location struct {
	path string // without links
	kind fs.FileMode
	size model.Bytes
	rest string // the part of the path that doesn't exist
}

// locate follows a path of a container name by name, as the kernel does inside the container.
func (a *Access) locate(ctx context.Context, container, p string) (location, error) {
	const mostLinks = 40 // the kernel's limit
	at := location{path: "/", kind: fs.ModeDir}
	rest := strings.Split(strings.Trim(p, "/"), "/")
	for links := 0; len(rest) > 0 && rest[0] != ""; {
		next := path.Join(at.path, rest[0])
		st, err := a.Engine.Stat(ctx, container, next)
		if errors.Is(err, engine.ErrNotFound) {
			at.rest = path.Join(rest...)
			return at, nil
		}
		if err != nil {
			return at, err
		}
		rest = rest[1:]
		if st.Mode&fs.ModeSymlink == 0 {
			at = location{path: next, kind: st.Mode, size: st.Size}
			continue
		}
		if links++; links > mostLinks {
			return at, fmt.Errorf("%s: too many links", p)
		}
		target := st.Link
		if !path.IsAbs(target) {
			target = path.Join(at.path, target)
		}
		rest = append(strings.Split(strings.Trim(path.Clean(target), "/"), "/"), rest...)
		at = location{path: "/", kind: fs.ModeDir}
	}
	return at, nil
}

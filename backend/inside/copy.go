package inside

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"berth/model"
)

// Copy copies a file or folder between this machine and an instance, or between two instances. The instances needn't
// run. It reads paths as rsync does: a folder is copied into the destination folder, or, if the source path ends in /,
// only the folder's content is. Missing folders are made. Links stay links. Files copied into an instance belong to
// root there; files copied to this machine belong to the user of this process. / and /root can't be the destination:
// the instance's SSH server refuses all logins once the owner or mode of that folder has changed.
func (a *Access) Copy(ctx context.Context, from, to model.Place) error {
	return a.CopyWatched(ctx, from, to, func(model.Copied) {})
}

// CopyWatched is Copy with progress. All calls of watch are made by one goroutine.
func (a *Access) CopyWatched(ctx context.Context, from, to model.Place, watch func(model.Copied)) error {
	source, target, err := a.copyEnds(ctx, from, to)
	if err != nil {
		return err
	}
	prefix, err := target.prefix(source, from.Contents(), to.Contents())
	if err != nil {
		return err
	}
	c := copying{prefix: prefix, watch: watch, done: model.Copied{Total: source.size}}
	err = target.fill(ctx, target.above, func(put putFunc) error {
		return source.walk(ctx, func(h *tar.Header, content io.Reader) error { return c.entry(put, h, content) })
	})
	if err == nil {
		err = c.leftOutError()
	}
	for _, p := range []model.Place{from, to} {
		if p.Instance != 0 {
			a.Record(ctx, p.Instance, "copy", copyWords(from, to, err))
		}
	}
	return err
}

func copyWords(from, to model.Place, err error) string {
	words := fmt.Sprintf("%s to %s", from, to)
	if err != nil {
		words += ": " + err.Error()
	}
	return words
}

// copyEnds examines both ends of a copy.
func (a *Access) copyEnds(ctx context.Context, from, to model.Place) (s copySource, t copyTarget, err error) {
	if from.Instance == 0 && to.Instance == 0 {
		return s, t, model.Fault{Field: "copy", Value: from.String(), Reason: "one end of a copy is an instance's: C.1012:/path"}
	}
	if err := errors.Join(from.Check(), to.Check()); err != nil {
		return s, t, err
	}
	if s, err = a.copySource(ctx, from); err != nil {
		return s, t, fmt.Errorf("%s: %w", from, err)
	}
	if t, err = a.copyTarget(ctx, to); err != nil {
		return s, t, fmt.Errorf("%s: %w", to, err)
	}
	if at := path.Join(t.above, t.rest); at == "/" || at == "/root" {
		return s, t, model.Fault{Field: "destination", Value: to.String(), Reason: "want a folder other than / and /root"}
	}
	return s, t, nil
}

// A copySource is the file or folder to copy.
type copySource struct {
	base   string // its own name
	folder bool
	size   model.Maybe[model.Bytes] // bytes of content
	// walk calls each for every entry; a folder comes before its content. Names, and the names that hard links point
	// to, are relative to the source; the source's own name is ".".
	walk func(ctx context.Context, each putFunc) error
}

// putFunc takes one file, folder or link and its content.
type putFunc func(h *tar.Header, content io.Reader) error

// A copyTarget is the destination of a copy.
type copyTarget struct {
	above string // the nearest existing folder
	rest  string // the path below it; empty if the whole path is a folder
	file  bool   // the path exists and isn't a folder
	// fill writes what entries passes to put below the folder above.
	fill func(ctx context.Context, above string, entries func(put putFunc) error) error
}

// prefix returns the source's name below t.above. It is "." if the source's content goes directly into that folder.
func (t copyTarget) prefix(s copySource, contents, intoFolder bool) (string, error) {
	switch {
	case s.folder && t.file:
		return "", fmt.Errorf("%s: a folder can't take the place of a file", path.Join(t.above, t.rest))
	case s.folder && contents:
		return path.Join(".", t.rest), nil
	case s.folder || t.rest == "" || intoFolder && !t.file:
		return path.Join(t.rest, s.base), nil
	}
	return t.rest, nil
}

// copying is a copy that is running.
type copying struct {
	prefix  string
	watch   func(model.Copied)
	done    model.Copied
	leftOut []string // the names of the first entries that were left out
	more    int      // how many more were left out
}

// mostNamed is how many left-out files an error names: an instance may have a million.
const mostNamed = 10

// leftOutError returns an error that names what wasn't copied, or nil if everything was.
func (c *copying) leftOutError() error {
	if len(c.leftOut) == 0 {
		return nil
	}
	names := strings.Join(c.leftOut, ", ")
	if c.more > 0 {
		names += fmt.Sprintf(" and %d more", c.more)
	}
	return fmt.Errorf("left out, being no files: %s", names)
}

// entry writes one file, folder or link to its place.
func (c *copying) entry(put putFunc, h *tar.Header, content io.Reader) error {
	if !slices.Contains([]byte{tar.TypeReg, tar.TypeDir, tar.TypeSymlink, tar.TypeLink}, h.Typeflag) {
		if len(c.leftOut) == mostNamed {
			c.more++
		} else {
			c.leftOut = append(c.leftOut, h.Name)
		}
		return nil
	}
	if h.Name = path.Join(c.prefix, h.Name); h.Name == "." { //nolint:gosec // a hostTree, or the container's own root, keeps the name inside
		return nil // the folder exists
	}
	if h.Typeflag == tar.TypeLink {
		h.Linkname = path.Join(c.prefix, h.Linkname) //nolint:gosec // as above
	}
	h.Format = tar.FormatUnknown // the new name may be too long for the old format
	err := put(h, counted{content, c})
	if err == nil && h.Typeflag == tar.TypeReg {
		c.done.Files++
		c.watch(c.done)
	}
	return err
}

// counted is a reader that counts the bytes for the progress.
type counted struct {
	io.Reader
	c *copying
}

func (r counted) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.c.done.Bytes += model.Bytes(n)
		r.c.watch(r.c.done)
	}
	return n, err
}

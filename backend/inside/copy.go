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

// Copy copies a file or folder between this machine and an instance, or between two instances, which needn't run.
// It reads its places as rsync does: a folder goes into the folder named, or, where its path ends in /, what is in
// it does; folders that are missing are made. Links stay links. What comes from this machine belongs to root
// inside, what comes to it to the user of this process. Neither / nor /root can be a destination: an SSH server
// lets nobody in once that folder's owner or mode has changed.
func (a *Access) Copy(ctx context.Context, from, to model.Place) error {
	return a.CopyWatched(ctx, from, to, func(model.Copied) {})
}

// CopyWatched is Copy that tells watch, from one goroutine, how far it is.
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
			a.Tell(ctx, p.Instance, "copy", copyWords(from, to, err))
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

// copyEnds looks at both ends of a copy.
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

// A copySource is what is copied.
type copySource struct {
	base   string // its own name
	folder bool
	size   model.Maybe[model.Bytes] // of its content
	// walk goes through it, folders before what is in them. Names, those that hard links point to among them,
	// are relative to it; its own is ".".
	walk func(ctx context.Context, each putFunc) error
}

// putFunc takes one file, folder or link and its content.
type putFunc func(h *tar.Header, content io.Reader) error

// A copyTarget is where it is copied to.
type copyTarget struct {
	above string // the nearest folder that is there
	rest  string // what lies below that; empty where all of the path is a folder
	file  bool   // it is there and isn't a folder
	// fill puts below a folder what entries hands to put.
	fill func(ctx context.Context, above string, entries func(put putFunc) error) error
}

// prefix is what the source will be called below t.above; "." where its content goes right there.
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

// copying is a copy under way.
type copying struct {
	prefix  string
	watch   func(model.Copied)
	done    model.Copied
	leftOut []string // the first of them
	more    int      // of those that were left out
}

// mostNamed is how many of the files that were left out are named: an instance may have a million.
const mostNamed = 10

// leftOutError says what wasn't copied; nil where everything was.
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

// entry puts one file, folder or link where it belongs.
func (c *copying) entry(put putFunc, h *tar.Header, content io.Reader) error {
	if !slices.Contains([]byte{tar.TypeReg, tar.TypeDir, tar.TypeSymlink, tar.TypeLink}, h.Typeflag) {
		if len(c.leftOut) == mostNamed {
			c.more++
		} else {
			c.leftOut = append(c.leftOut, h.Name)
		}
		return nil
	}
	if h.Name = path.Join(c.prefix, h.Name); h.Name == "." { //nolint:gosec // a hostTree, or the container's own root, holds it
		return nil // the folder is there
	}
	if h.Typeflag == tar.TypeLink {
		h.Linkname = path.Join(c.prefix, h.Linkname) //nolint:gosec // as above
	}
	h.Format = tar.FormatUnknown // names may have grown beyond what it was
	err := put(h, counted{content, c})
	if err == nil && h.Typeflag == tar.TypeReg {
		c.done.Files++
		c.watch(c.done)
	}
	return err
}

// counted is content that tells how much of it was read.
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

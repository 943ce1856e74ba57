// Package filecmd is ls, du and rm on a folder that is taken for the root of a file system: the files of a container
// that doesn't run, where nothing of the image can, or all there is, in an image that has no such commands of its own.
// Links lead where they would inside, never out.
//
// They are the everyday part of their namesakes: the flags people type, the output that scripts read.
package filecmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/spf13/pflag"
)

// A Place is where a command runs.
type Place struct {
	Root     string // the folder that is taken for the root
	Dir      string // below it: where a path that isn't absolute begins
	Out, Err io.Writer
}

// A run is one command under way.
type run struct {
	Place
	ctx  context.Context
	root *os.Root
	name string
	bad  bool // something went wrong and has been said
}

// Has reports whether there is a command of that name.
func Has(name string) bool { return commands[name] != nil }

var commands = map[string]func(*run, []string) error{"ls": (*run).ls, "du": (*run).du, "rm": (*run).rm}

// ErrFailed says that a command did not do all that it was asked for; what it wrote says why.
var ErrFailed = errors.New("the command failed")

// Run runs a command, the first word of which is its name. The error wraps ErrFailed where the command would have had
// an exit code other than 0.
func Run(ctx context.Context, at Place, command []string) error {
	root, err := os.OpenRoot(at.Root)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing of it is written through
	if len(command) == 0 || !Has(command[0]) {
		return fmt.Errorf("%w: want ls, du or rm, not %q", ErrFailed, command)
	}
	r := &run{Place: at, ctx: ctx, root: root, name: command[0]}
	err = commands[r.name](r, command[1:])
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return nil
	case err != nil:
		return err
	case r.bad:
		return ErrFailed
	}
	return nil
}

// flags is an empty set of flags that speaks the command's name.
func (r *run) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet(r.name, pflag.ContinueOnError)
	f.SetOutput(r.Err)
	return f
}

// parse reads flags. What is wrong with them is said.
func (r *run) parse(f *pflag.FlagSet, args []string) error {
	err := f.Parse(args)
	if err == nil || errors.Is(err, pflag.ErrHelp) {
		return err
	}
	r.complain(err)
	return ErrFailed
}

// complain says what went wrong, without the folder's own path.
func (r *run) complain(err error) {
	r.bad = true
	var at *fs.PathError
	if errors.As(err, &at) {
		err = fmt.Errorf("%s: %w", strings.TrimPrefix(at.Path, "./"), at.Err)
	}
	_, _ = fmt.Fprintf(r.Err, "%s: %v\n", r.name, err) // where that fails, nobody listens
}

func (r *run) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(r.Out, format, args...); err != nil {
		r.bad = true
	}
}

// resolve is where a path leads, links on the way followed, as a path below the root. The last link is followed
// only where last is set.
func (r *run) resolve(name string, last bool) (string, error) {
	const mostLinks = 40 // the kernel's own limit
	if !path.IsAbs(name) {
		name = r.Dir + "/" + name
	}
	left := strings.Split(name, "/")
	at := "."
	for links := 0; len(left) > 0; {
		part := left[0]
		left = left[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, part)
		target, err := r.root.Readlink(next)
		if err != nil || len(left) == 0 && !last { // no link, or the one that is meant itself
			at = next
			continue
		}
		if links++; links > mostLinks {
			return "", &fs.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
		}
		if path.IsAbs(target) {
			at = "."
		}
		left = append(strings.Split(target, "/"), left...)
	}
	return at, nil
}

// walk calls visit for a path and, where it is a folder, all below it, folders first, without following links.
// shown is the path as the command was given it.
func (r *run) walk(at, shown string, visit func(at, shown string, info fs.FileInfo) error) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	info, err := r.root.Lstat(at)
	if err != nil {
		r.complain(&fs.PathError{Path: shown, Err: errors.Unwrap(err)})
		return nil
	}
	if err := visit(at, shown, info); err != nil || !info.IsDir() {
		return err
	}
	entries, err := r.entries(at)
	if err != nil {
		r.complain(&fs.PathError{Path: shown, Err: errors.Unwrap(err)})
	}
	for _, e := range entries {
		if err := r.walk(path.Join(at, e.Name()), join(shown, e.Name()), visit); err != nil {
			return err
		}
	}
	return nil
}

// entries are a folder's, by name.
func (r *run) entries(at string) ([]fs.DirEntry, error) {
	return fs.ReadDir(r.root.FS(), at)
}

// join is a name below a path as it is shown: ./name, /name, folder/name.
func join(shown, name string) string { return strings.TrimSuffix(shown, "/") + "/" + name }

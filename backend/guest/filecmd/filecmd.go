// Package filecmd has ls, du and rm for a folder that is treated as the root of a file system. They work on the files
// of a container that isn't running, where no program of the image can run, and in images without such commands. Links
// lead to where they lead inside that root, never out of it. Begin reading at Run.
//
// The commands have the usual subset of the real ones: the flags that people type, and the output that scripts read.
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
	Root     string // the folder that is treated as the root
	Dir      string // the working directory, as a path below Root
	Out, Err io.Writer
}

// A run is the state of one command.
type run struct {
	Place
	ctx  context.Context
	root *os.Root
	name string
	bad  bool // an error was printed
}

// Has reports whether there is a command of that name.
func Has(name string) bool { return commands[name] != nil }

var commands = map[string]func(*run, []string) error{"ls": (*run).ls, "du": (*run).du, "rm": (*run).rm}

// ErrFailed means that a command didn't do all of its work; it has printed why.
var ErrFailed = errors.New("the command failed")

// Run runs a command; its first word is the command's name. The error wraps ErrFailed if the command's exit code would
// not be 0.
func Run(ctx context.Context, at Place, command []string) error {
	root, err := os.OpenRoot(at.Root)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing is written through it
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

// flags returns an empty flag set with the command's name.
func (r *run) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet(r.name, pflag.ContinueOnError)
	f.SetOutput(r.Err)
	return f
}

// parse parses the flags and prints an error.
func (r *run) parse(f *pflag.FlagSet, args []string) error {
	err := f.Parse(args)
	if err == nil || errors.Is(err, pflag.ErrHelp) {
		return err
	}
	r.complain(err)
	return ErrFailed
}

// complain prints an error, without the path of the root folder.
func (r *run) complain(err error) {
	r.bad = true
	var at *fs.PathError
	if errors.As(err, &at) {
		err = fmt.Errorf("%s: %w", strings.TrimPrefix(at.Path, "./"), at.Err)
	}
	_, _ = fmt.Fprintf(r.Err, "%s: %v\n", r.name, err) // if that fails, nobody reads it
}

func (r *run) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(r.Out, format, args...); err != nil {
		r.bad = true
	}
}

// resolve returns the path below the root to which a path leads. It follows links; the last one only if last is set.
func (r *run) resolve(name string, last bool) (string, error) {
	const mostLinks = 40 // the kernel's limit
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
		if err != nil || len(left) == 0 && !last { // not a link, or the last one, which isn't followed
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

// walk calls visit for a path and, if that is a folder, for everything below it; a folder comes first. It follows no
// links. shown is the path as the command line has it.
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

// entries returns the content of a folder, sorted by name.
func (r *run) entries(at string) ([]fs.DirEntry, error) {
	return fs.ReadDir(r.root.FS(), at)
}

// join appends a name to a path as it is shown: ./name, /name, folder/name.
func join(shown, name string) string { return strings.TrimSuffix(shown, "/") + "/" + name }

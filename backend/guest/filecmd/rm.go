package filecmd

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

// rm removes files, and with -r folders. It removes a link, not what the link leads to.
func (r *run) rm(args []string) error {
	f := r.flags()
	recursive := f.BoolP("recursive", "r", false, "folders and all below them")
	f.BoolVarP(recursive, "Recursive", "R", false, "the same")
	force := f.BoolP("force", "f", false, "what isn't there is no mistake")
	verbose := f.BoolP("verbose", "v", false, "say what is removed")
	if err := r.parse(f, args); err != nil {
		return err
	}
	if f.NArg() == 0 && !*force {
		r.complain(errors.New("what should be removed?"))
	}
	for _, name := range f.Args() {
		err := r.remove(name, *recursive)
		switch {
		case err == nil && *verbose:
			r.printf("removed '%s'\n", name)
		case err != nil && !(*force && errors.Is(err, fs.ErrNotExist)):
			r.complain(err)
		}
	}
	return r.ctx.Err()
}

func (r *run) remove(name string, recursive bool) error {
	switch path.Base(name) { // path.Base ignores a trailing slash
	case ".", "..":
		return &fs.PathError{Op: "remove", Path: name, Err: errors.New("a folder is removed by its name")}
	}
	at, err := r.resolve(strings.TrimRight(name, "/"), false)
	if err != nil {
		return err
	}
	if at == "." {
		return &fs.PathError{Op: "remove", Path: name, Err: errors.New("this is everything there is: destroy or recycle the instance instead")}
	}
	info, err := r.root.Lstat(at)
	switch {
	case err != nil:
		return &fs.PathError{Op: "remove", Path: name, Err: errors.Unwrap(err)}
	case !info.IsDir():
		return r.root.Remove(at)
	case !recursive:
		return &fs.PathError{Op: "remove", Path: name, Err: syscall.EISDIR}
	}
	return r.root.RemoveAll(at)
}

package filecmd

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
)

// listing has ls's options.
type listing struct {
	all, almost, long, human, recursive bool
	reverse, byTime, bySize, itself     bool
	noGroup                             bool
}

// ls lists files and folders.
func (r *run) ls(args []string) error {
	var l listing
	f := r.flags()
	f.BoolVarP(&l.all, "all", "a", false, "names that begin with a dot too")
	f.BoolVarP(&l.almost, "almost-all", "A", false, "the same without . and ..")
	f.BoolVarP(&l.long, "long", "l", false, "mode, owner, size and time")
	f.BoolVarP(&l.human, "human-readable", "h", false, "sizes with units")
	f.BoolVarP(&l.recursive, "recursive", "R", false, "folders below, too")
	f.BoolVarP(&l.reverse, "reverse", "r", false, "the other way round")
	f.BoolVarP(&l.byTime, "time", "t", false, "newest first")
	f.BoolVarP(&l.bySize, "size", "S", false, "largest first")
	f.BoolVarP(&l.itself, "directory", "d", false, "folders themselves")
	f.BoolVarP(&l.noGroup, "no-group", "o", false, "as -l without the group")
	f.BoolP("one", "1", true, "one name a line, which is always so")
	if err := r.parse(f, args); err != nil {
		return err
	}
	l.long = l.long || l.noGroup
	names := f.Args()
	if len(names) == 0 {
		names = []string{"."}
	}
	for n, name := range names {
		if err := r.list(l, name, len(names) > 1, n > 0); err != nil {
			return err
		}
	}
	return nil
}

// list prints one argument.
func (r *run) list(l listing, name string, titled, apart bool) error {
	at, err := r.resolve(name, !l.itself && !l.long)
	if err == nil {
		var info fs.FileInfo
		if info, err = r.root.Lstat(at); err == nil && (!info.IsDir() || l.itself) {
			r.line(l, at, name, info)
			return nil
		}
	}
	if err != nil {
		r.complain(err)
		return nil
	}
	return r.folder(l, at, name, titled || l.recursive, apart)
}

// folder prints the content of a folder, and with -R that of the folders below it.
func (r *run) folder(l listing, at, shown string, titled, apart bool) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if apart {
		r.printf("\n")
	}
	if titled {
		r.printf("%s:\n", shown)
	}
	infos, err := r.infos(l, at)
	if err != nil {
		r.complain(err)
		return nil
	}
	for _, info := range infos {
		r.line(l, path.Join(at, info.Name()), info.Name(), info)
	}
	for _, info := range infos {
		if !l.recursive || !info.IsDir() {
			continue
		}
		if err := r.folder(l, path.Join(at, info.Name()), join(shown, info.Name()), true, true); err != nil {
			return err
		}
	}
	return nil
}

// infos returns the entries to print, in the order of printing.
func (r *run) infos(l listing, at string) ([]fs.FileInfo, error) {
	entries, err := r.entries(at)
	if err != nil {
		return nil, err
	}
	var infos []fs.FileInfo
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") && !l.all && !l.almost {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	slices.SortStableFunc(infos, func(a, b fs.FileInfo) int {
		c := 0
		switch {
		case l.byTime:
			c = b.ModTime().Compare(a.ModTime())
		case l.bySize:
			c = cmp.Compare(b.Size(), a.Size())
		}
		return cmp.Or(c, strings.Compare(a.Name(), b.Name()))
	})
	if l.reverse {
		slices.Reverse(infos)
	}
	return infos, nil
}

// line prints one file.
func (r *run) line(l listing, at, shown string, info fs.FileInfo) {
	if !l.long {
		r.printf("%s\n", shown)
		return
	}
	links, owner, group := uint64(1), uint32(0), uint32(0)
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		links, owner, group = uint64(s.Nlink), s.Uid, s.Gid //nolint:unconvert // the type depends on the architecture
	}
	r.printf("%s %3d %-5d ", mode(info.Mode()), links, owner)
	if !l.noGroup {
		r.printf("%-5d ", group)
	}
	when := "Jan _2  2006"
	if age := time.Since(info.ModTime()); age >= 0 && age < 180*24*time.Hour {
		when = "Jan _2 15:04"
	}
	r.printf("%8s %s %s", size(info.Size(), l.human), info.ModTime().UTC().Format(when), shown)
	if target, err := r.root.Readlink(at); err == nil {
		r.printf(" -> %s", target)
	}
	r.printf("\n")
}

// mode formats a mode as ls does: drwxr-xr-x.
func mode(m fs.FileMode) string {
	kind := "-"
	for _, k := range []struct {
		bit  fs.FileMode
		sign string
	}{
		{fs.ModeDir, "d"}, {fs.ModeSymlink, "l"}, {fs.ModeNamedPipe, "p"}, {fs.ModeSocket, "s"},
		{fs.ModeCharDevice, "c"}, {fs.ModeDevice, "b"},
	} {
		if m&k.bit != 0 {
			kind = k.sign
			break
		}
	}
	rwx := []byte(m.Perm().String()[1:])
	for _, special := range []struct {
		bit      fs.FileMode
		at       int
		low, cap byte
	}{{fs.ModeSetuid, 2, 's', 'S'}, {fs.ModeSetgid, 5, 's', 'S'}, {fs.ModeSticky, 8, 't', 'T'}} {
		switch {
		case m&special.bit == 0:
		case rwx[special.at] == 'x':
			rwx[special.at] = special.low
		default:
			rwx[special.at] = special.cap
		}
	}
	return kind + string(rwx)
}

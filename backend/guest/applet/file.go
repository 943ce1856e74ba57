package applet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

func tee(_ context.Context, c Call) error {
	flags := c.flags()
	more := flags.BoolP("append", "a", false, "add to the files")
	if err := flags.Parse(c.Args[1:]); err != nil {
		return err
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if *more {
		mode = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	}
	outs := []io.Writer{c.Out}
	for _, name := range flags.Args() {
		f, err := os.OpenFile(name, mode, 0o666)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // nothing was written through it
		outs = append(outs, f)
	}
	_, err := io.Copy(io.MultiWriter(outs...), c.In)
	return err
}

func ln(_ context.Context, c Call) error {
	flags := c.flags()
	soft := flags.BoolP("symbolic", "s", false, "a symbolic link")
	force := flags.BoolP("force", "f", false, "replace what is there")
	if err := flags.Parse(c.Args[1:]); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		return errors.New("want a target and a name")
	}
	target, name := flags.Arg(0), flags.Arg(1)
	if at, err := os.Stat(name); err == nil && at.IsDir() {
		name = filepath.Join(name, filepath.Base(target))
	}
	if *force {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if *soft {
		return os.Symlink(target, name)
	}
	return os.Link(target, name)
}

func du(_ context.Context, c Call) error {
	flags := c.flags()
	human := flags.BoolP("human-readable", "h", false, "units")
	sum := flags.BoolP("summarize", "s", false, "one line an argument")
	depth := flags.IntP("max-depth", "d", -1, "folders so deep; -1: all")
	if err := flags.Parse(c.Args[1:]); err != nil {
		return err
	}
	if *sum {
		*depth = 0
	}
	roots := flags.Args()
	if len(roots) == 0 {
		roots = []string{"."}
	}
	for _, root := range roots {
		if err := c.use(root, *human, *depth); err != nil {
			return err
		}
	}
	return nil
}

// use prints what lies under root: a line for each folder down to a depth, its own subfolders counted in.
func (c Call) use(root string, human bool, depth int) error {
	total := map[string]int64{}
	var folders []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // gone since, or not ours to read
		}
		if entry.IsDir() && path != root {
			folders = append(folders, path)
		}
		about, err := entry.Info()
		if err != nil {
			return nil //nolint:nilerr // it is gone since, or not ours to read
		}
		size := about.Sys().(*syscall.Stat_t).Blocks * 512
		for at := path; ; at = filepath.Dir(at) {
			total[at] += size
			if at == root || at == filepath.Dir(at) {
				return nil
			}
		}
	})
	for i := len(folders) - 1; i >= 0; i-- {
		below, _ := filepath.Rel(root, folders[i])
		if levels := 1 + strings.Count(below, "/"); depth < 0 || levels <= depth {
			fmt.Fprintf(c.Out, "%s\t%s\n", inKiB(total[folders[i]], human), folders[i])
		}
	}
	fmt.Fprintf(c.Out, "%s\t%s\n", inKiB(total[root], human), root)
	return err
}

// df shows the file systems with a size, each device once.
func df(_ context.Context, c Call) error {
	flags := c.flags()
	human := flags.BoolP("human-readable", "h", false, "units")
	if err := flags.Parse(c.Args[1:]); err != nil {
		return err
	}
	mounts, err := os.Open("/proc/self/mounts")
	if err != nil {
		return err
	}
	defer mounts.Close() //nolint:errcheck // nothing was written through it
	fmt.Fprintf(c.Out, "%-24s %10s %10s %10s %4s %s\n", "Filesystem", "Size", "Used", "Free", "Use", "Mounted on")
	seen := map[syscall.Fsid]bool{}
	lines := bufio.NewScanner(mounts)
	for lines.Scan() {
		cells := strings.Fields(lines.Text())
		var at syscall.Statfs_t
		if len(cells) < 2 || syscall.Statfs(cells[1], &at) != nil || at.Blocks == 0 || seen[at.Fsid] {
			continue
		}
		seen[at.Fsid] = at.Fsid != syscall.Fsid{}
		unit := at.Bsize
		used := int64(at.Blocks-at.Bfree) * unit                                                              //nolint:gosec // it fits
		fmt.Fprintf(c.Out, "%-24s %10s %10s %10s %3d%% %s\n", cells[0], inKiB(int64(at.Blocks)*unit, *human), //nolint:gosec // it fits
			inKiB(used, *human), inKiB(int64(at.Bavail)*unit, *human), 100*used/(int64(at.Blocks)*unit), cells[1]) //nolint:gosec // it fits
	}
	return lines.Err()
}

// inKiB writes a size as the field's tools do: plain KiB, or a short figure with its unit.
func inKiB(bytes int64, human bool) string {
	if !human {
		return fmt.Sprint(bytes / 1024)
	}
	size := float64(bytes)
	for _, unit := range []string{"B", "K", "M", "G", "T"} {
		if size < 1024 {
			return fmt.Sprintf("%.3g%s", size, unit)
		}
		size /= 1024
	}
	return fmt.Sprintf("%.3gP", size)
}

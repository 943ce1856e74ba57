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

	"berth/backend/guest/filecmd"
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

// onFiles runs ls, du or rm on the whole file system.
func onFiles(ctx context.Context, c Call) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	err = filecmd.Run(ctx, filecmd.Place{Root: "/", Dir: here, Out: c.Out, Err: c.Err}, c.Args)
	switch {
	case errors.Is(err, filecmd.ErrFailed) && c.Args[0] == "ls":
		return status(2)
	case errors.Is(err, filecmd.ErrFailed):
		return status(1)
	}
	return err
}

// df prints the mounted file systems that have a size, each device once.
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
		used := int64(at.Blocks-at.Bfree) * unit                                                                    //nolint:gosec // it fits
		fmt.Fprintf(c.Out, "%-24s %10s %10s %10s %3d%% %s\n", cells[0], filecmd.KiB(int64(at.Blocks)*unit, *human), //nolint:gosec // it fits
			filecmd.KiB(used, *human), filecmd.KiB(int64(at.Bavail)*unit, *human), 100*used/(int64(at.Blocks)*unit), cells[1]) //nolint:gosec // it fits
	}
	return lines.Err()
}

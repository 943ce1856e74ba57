package filecmd

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// du prints the disk space of folders with all that is below them.
func (r *run) du(args []string) error {
	f := r.flags()
	human := f.BoolP("human-readable", "h", false, "units")
	sum := f.BoolP("summarize", "s", false, "one line an argument")
	files := f.BoolP("all", "a", false, "files too")
	depth := f.IntP("max-depth", "d", -1, "so many levels of folders")
	f.BoolP("kilobytes", "k", true, "in KiB, which is always so without -h")
	if err := r.parse(f, args); err != nil {
		return err
	}
	if *sum {
		*depth = 0
	}
	names := f.Args()
	if len(names) == 0 {
		names = []string{"."}
	}
	for _, name := range names {
		at, err := r.resolve(name, false)
		if err != nil {
			r.complain(err)
			continue
		}
		if err := r.use(at, name, *human, *files, *depth); err != nil {
			return err
		}
	}
	return nil
}

// use prints the disk space of one argument, with a line for each folder. The line of a folder comes after those of the
// folders below it. depth limits the levels that have lines; a negative depth doesn't.
func (r *run) use(at, name string, human, files bool, depth int) error {
	total := map[string]int64{}
	var order []string // as shown; a folder before what is below it
	seen := map[[2]uint64]bool{}
	top := strings.Count(path.Clean(name), "/")
	err := r.walk(at, name, func(_, shown string, info fs.FileInfo) error {
		if info.IsDir() || files || shown == name {
			order = append(order, shown)
		}
		bytes := taken(info, seen)
		for up := shown; ; up = path.Dir(up) {
			total[up] += bytes
			if up == name || len(up) <= len(name) {
				return nil
			}
		}
	})
	for n := len(order) - 1; n >= 0; n-- {
		if shown := order[n]; depth < 0 || strings.Count(path.Clean(shown), "/")-top <= depth || shown == name {
			r.printf("%s\t%s\n", KiB(total[shown], human), shown)
		}
	}
	return err
}

// taken returns a file's disk space. A file with several names (hard links) counts once.
func taken(info fs.FileInfo, seen map[[2]uint64]bool) int64 {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return info.Size()
	}
	if s.Nlink > 1 && !info.IsDir() {
		id := [2]uint64{uint64(s.Dev), s.Ino} //nolint:unconvert // the type depends on the architecture
		if seen[id] {
			return 0
		}
		seen[id] = true
	}
	const block = 512
	return s.Blocks * block
}

// KiB formats a number of bytes as du and df do: in whole KiB, rounded up, or for people as a short number with a unit.
func KiB(bytes int64, human bool) string {
	if human {
		return size(bytes, true)
	}
	const k = 1024
	return strconv.FormatInt((bytes+k-1)/k, 10)
}

// size formats a number of bytes, with a unit if human is set.
func size(bytes int64, human bool) string {
	const k = 1024
	if !human || bytes < k {
		return strconv.FormatInt(bytes, 10)
	}
	value, unit := float64(bytes), 0
	for value >= k && unit < len("KMGTPE") {
		value /= k
		unit++
	}
	if value < 10 {
		return fmt.Sprintf("%.1f%c", value, "KMGTPE"[unit-1])
	}
	return fmt.Sprintf("%.0f%c", value, "KMGTPE"[unit-1])
}

package applet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"berth/backend/guest/filecmd"
)

func clearScreen(_ context.Context, c Call) error {
	_, err := fmt.Fprint(c.Out, "\x1b[H\x1b[2J\x1b[3J")
	return err
}

func date(_ context.Context, c Call) error {
	_, err := fmt.Fprintln(c.Out, time.Now().Format(time.UnixDate))
	return err
}

// env prints the environment, or runs a command with variables added.
func env(ctx context.Context, c Call) error {
	words := c.Args[1:]
	vars := os.Environ()
	if len(words) > 0 && (words[0] == "-i" || words[0] == "-") {
		vars, words = nil, words[1:]
	}
	for len(words) > 0 && strings.Contains(words[0], "=") {
		vars, words = append(vars, words[0]), words[1:]
	}
	if len(words) == 0 {
		_, err := fmt.Fprint(c.Out, lines(vars))
		return err
	}
	child := exec.CommandContext(ctx, words[0], words[1:]...)
	child.Env, child.Stdin, child.Stdout, child.Stderr = vars, c.In, c.Out, c.Err
	err := child.Run()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return status(failed.ExitCode())
	}
	return err
}

func printenv(_ context.Context, c Call) error {
	if len(c.Args) == 1 {
		_, err := fmt.Fprint(c.Out, lines(os.Environ()))
		return err
	}
	for _, name := range c.Args[1:] {
		value, ok := os.LookupEnv(name)
		if !ok {
			return status(1)
		}
		fmt.Fprintln(c.Out, value)
	}
	return nil
}

func lines(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return strings.Join(words, "\n") + "\n"
}

func hostname(_ context.Context, c Call) error {
	name, err := os.Hostname()
	if err == nil {
		_, err = fmt.Fprintln(c.Out, name)
	}
	return err
}

func id(_ context.Context, c Call) error {
	uid, gid := os.Getuid(), os.Getgid()
	_, err := fmt.Fprintf(c.Out, "uid=%d(%s) gid=%d(%s)\n", uid, userName(uid), gid, groupName(gid))
	return err
}

func whoami(_ context.Context, c Call) error {
	_, err := fmt.Fprintln(c.Out, userName(os.Getuid()))
	return err
}

// userName returns the name of a user, or the number if /etc/passwd has no name for it.
func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}

func groupName(gid int) string {
	if g, err := user.LookupGroupId(strconv.Itoa(gid)); err == nil {
		return g.Name
	}
	return strconv.Itoa(gid)
}

func nproc(_ context.Context, c Call) error {
	_, err := fmt.Fprintln(c.Out, runtime.NumCPU())
	return err
}

func uname(_ context.Context, c Call) error {
	flags := c.flags()
	all := flags.BoolP("all", "a", false, "everything")
	kernel := flags.BoolP("kernel-release", "r", false, "the kernel's release")
	machine := flags.BoolP("machine", "m", false, "the machine's architecture")
	node := flags.BoolP("nodename", "n", false, "the host name")
	if err := flags.Parse(c.Args[1:]); err != nil {
		return err
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return err
	}
	var words []string
	for _, part := range []struct {
		shown bool
		text  []byte
	}{
		{*all || !*kernel && !*machine && !*node, u.Sysname[:]}, {*all || *node, u.Nodename[:]},
		{*all || *kernel, u.Release[:]}, {*all, u.Version[:]}, {*all || *machine, u.Machine[:]},
	} {
		if part.shown {
			words = append(words, unix.ByteSliceToString(part.text))
		}
	}
	_, err := fmt.Fprintln(c.Out, strings.Join(words, " "))
	return err
}

func uptime(_ context.Context, c Call) error {
	var about unix.Sysinfo_t
	if err := unix.Sysinfo(&about); err != nil {
		return err
	}
	load := func(i int) float64 { return float64(about.Loads[i]) / (1 << 16) }
	up := time.Duration(about.Uptime) * time.Second
	_, err := fmt.Fprintf(c.Out, "up %v, load average: %.2f, %.2f, %.2f\n", up, load(0), load(1), load(2))
	return err
}

// free prints the machine's memory, and the container's if a cgroup limits that. Inside a container /proc/meminfo has
// only the machine's.
func free(_ context.Context, c Call) error {
	flags := c.flags()
	human := flags.BoolP("human-readable", "h", false, "units")
	if err := flags.Parse(c.Args[1:]); err != nil {
		return err
	}
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return err
	}
	kib := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Fields(line); len(cells) >= 2 {
			kib[strings.TrimSuffix(cells[0], ":")], _ = strconv.ParseInt(cells[1], 10, 64)
		}
	}
	row := func(name string, total, used, free int64) {
		fmt.Fprintf(c.Out, "%-10s %12s %12s %12s\n", name, filecmd.KiB(total, *human), filecmd.KiB(used, *human), filecmd.KiB(free, *human))
	}
	fmt.Fprintf(c.Out, "%-10s %12s %12s %12s\n", "", "total", "used", "available")
	total, available := kib["MemTotal"]*1024, kib["MemAvailable"]*1024
	row("machine", total, total-available, available)
	for _, at := range []struct{ limit, use string }{
		{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
		{"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"},
	} {
		limit, errLimit := readNumber(at.limit)
		use, errUse := readNumber(at.use)
		if errLimit == nil && errUse == nil && limit <= total {
			row("container", limit, use, limit-use)
		}
	}
	return nil
}

func readNumber(path string) (int64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
}

func which(_ context.Context, c Call) error {
	var missing error
	for _, name := range c.Args[1:] {
		path, err := exec.LookPath(name)
		if err != nil {
			missing = status(1)
			continue
		}
		fmt.Fprintln(c.Out, filepath.Clean(path))
	}
	return missing
}

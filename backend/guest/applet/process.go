package applet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"berth/backend/guest/filecmd"
)

// A process is one line of ps.
type process struct {
	pid, parent int
	user        string
	state       string
	ticks       int64 // CPU time in hundredths of a second
	resident    int64 // bytes
	command     string
}

// processes lists all processes, sorted by process ID.
func processes() ([]process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var all []process
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if p, ok := readProcess(pid); ok {
				all = append(all, p)
			}
		}
	}
	slices.SortFunc(all, func(a, b process) int { return cmp.Compare(a.pid, b.pid) })
	return all, nil
}

// readProcess reads one process. It returns false if the process has ended since it was listed.
func readProcess(pid int) (process, bool) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		return process{}, false
	}
	// The name is in parentheses and may contain spaces and parentheses, so the fields are counted from the last
	// parenthesis.
	text := string(stat)
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return process{}, false
	}
	fields := strings.Fields(text[end+1:])
	if len(fields) < 22 {
		return process{}, false
	}
	number := func(i int) int64 { n, _ := strconv.ParseInt(fields[i], 10, 64); return n }
	p := process{
		pid: pid, parent: int(number(1)), state: fields[0],
		ticks: number(11) + number(12), resident: number(21) * int64(os.Getpagesize()),
		command: "[" + text[open+1:end] + "]",
	}
	if line, err := os.ReadFile(dir + "cmdline"); err == nil && len(line) > 0 {
		p.command = strings.ReplaceAll(strings.TrimRight(string(line), "\x00"), "\x00", " ")
	}
	if at, err := os.Stat(dir); err == nil {
		p.user = userName(int(at.Sys().(*syscall.Stat_t).Uid))
	}
	return p, true
}

// ps prints every process. It ignores its options, since the usual ones (aux, -ef, -A) all mean that.
func ps(_ context.Context, c Call) error {
	all, err := processes()
	if err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "%7s %7s %-10s %s %8s %9s %s\n", "PID", "PPID", "USER", "S", "TIME", "RSS", "COMMAND")
	for _, p := range all {
		seconds := time.Duration(p.ticks) * 10 * time.Millisecond
		fmt.Fprintf(c.Out, "%7d %7d %-10s %s %8s %9s %s\n", p.pid, p.parent, p.user, p.state,
			seconds.Truncate(time.Second), filecmd.KiB(p.resident, true), p.command)
	}
	return nil
}

// top repeats ps, sorted by the CPU time used since the last round, until it is interrupted.
func top(ctx context.Context, c Call) error {
	flags := c.flags()
	looks := flags.IntP("iterations", "n", 0, "stop after so many looks; 0: never")
	every := flags.Float64P("delay", "d", 2, "seconds between looks")
	batch := flags.BoolP("batch", "b", false, "don't clear the screen")
	if err := flags.Parse(c.Args[1:]); err != nil {
		return err
	}
	pause := max(time.Duration(*every*float64(time.Second)), 100*time.Millisecond)
	before, err := processes()
	for n := 0; err == nil && (*looks == 0 || n < *looks); n++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		var now []process
		if now, err = processes(); err == nil {
			if !*batch {
				clearScreen(ctx, c) //nolint:errcheck // if the output is closed, nobody reads an error
			}
			busiest(c.Out, before, now, pause, screenRows(c.In))
			before = now
		}
	}
	return err
}

// busiest prints the processes that used the most CPU time between two rounds, up to rows of them.
func busiest(w io.Writer, before, now []process, apart time.Duration, rows int) {
	old := map[int]int64{}
	for _, p := range before {
		old[p.pid] = p.ticks
	}
	percent := func(p process) float64 {
		was, known := old[p.pid]
		if !known {
			return 0
		}
		return float64(p.ticks-was) / apart.Seconds()
	}
	slices.SortStableFunc(now, func(a, b process) int { return cmp.Compare(percent(b), percent(a)) })
	fmt.Fprintf(w, "%d processes\n%7s %-10s %s %6s %9s %s\n", len(now), "PID", "USER", "S", "CPU%", "RSS", "COMMAND")
	for _, p := range now[:min(len(now), rows)] {
		fmt.Fprintf(w, "%7d %-10s %s %6.1f %9s %s\n", p.pid, p.user, p.state, percent(p), filecmd.KiB(p.resident, true), p.command)
	}
}

// screenRows returns how many processes fit on the terminal, or 20 if there is no terminal.
func screenRows(f *os.File) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Row < 5 {
		return 20
	}
	return int(size.Row) - 3
}

func kill(_ context.Context, c Call) error {
	words := c.Args[1:]
	signal := syscall.SIGTERM
	if len(words) > 0 && strings.HasPrefix(words[0], "-") {
		name := strings.TrimPrefix(words[0], "-")
		if name == "s" && len(words) > 1 {
			name, words = words[1], words[1:]
		}
		words = words[1:]
		var ok bool
		if signal, ok = signalNamed(name); !ok {
			return fmt.Errorf("no signal is called %q", name)
		}
	}
	if len(words) == 0 {
		return errors.New("want the number of a process")
	}
	for _, word := range words {
		pid, err := strconv.Atoi(word)
		if err != nil {
			return fmt.Errorf("%q is no process number", word)
		}
		if err := syscall.Kill(pid, signal); err != nil {
			return fmt.Errorf("%d: %w", pid, err)
		}
	}
	return nil
}

// signalNamed parses 9, KILL or SIGKILL.
func signalNamed(name string) (syscall.Signal, bool) {
	if n, err := strconv.Atoi(name); err == nil {
		return syscall.Signal(n), n >= 0 && n < 65
	}
	s := unix.SignalNum("SIG" + strings.TrimPrefix(strings.ToUpper(name), "SIG"))
	return s, s != 0
}

func sleep(ctx context.Context, c Call) error {
	var total time.Duration
	for _, word := range c.Args[1:] {
		span, err := time.ParseDuration(word)
		if seconds, plain := strconv.ParseFloat(word, 64); plain == nil {
			span, err = time.Duration(seconds*float64(time.Second)), nil
		}
		if err != nil {
			return err
		}
		total += span
	}
	select {
	case <-time.After(total):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

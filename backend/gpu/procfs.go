package gpu

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/sys/unix"

	"berth/backend/cgroup"
	"berth/model"
)

// procRoot is where the kernel shows processes.
const procRoot = "/proc"

// A procfs tells which user, command and container a process has. It caches processes from one sweep to the next, and
// user names for good. One goroutine uses it.
type procfs struct {
	root  string
	known map[int]remembered // of the last sweep
	seen  map[int]remembered // of this sweep
	users map[string]string
	// lookup is the system's answer to which user has a uid; it may ask the network.
	lookup func(uid string) (*user.User, error)
	// signal sends signal 0 to a pid: nil or EPERM means that the process exists.
	signal func(pid int) error
	// container finds a hidden process's container.
	container func(pid int) string
}

// A remembered is a cached process with its start time, because pids are reused.
type remembered struct {
	started string
	process model.Process
}

func newProcfs(root string) *procfs {
	return &procfs{
		root: root, known: map[int]remembered{}, seen: map[int]remembered{},
		users: map[string]string{}, lookup: user.LookupId,
		signal:    func(pid int) error { return unix.Kill(pid, 0) },
		container: cgroup.ContainerOf,
	}
}

// process returns what can be told about a pid: user, command and container. A process that exists but can't be read is
// marked hidden, and its container is looked for once. If the kernel knows no such process, there is false: drivers report pid 0, numbers beyond the largest
// pid, and processes that have ended.
func (p *procfs) process(pid int) (_ model.Process, there bool) {
	if pid <= 0 || pid > p.largest() {
		return model.Process{}, false
	}
	now := remembered{started: p.started(pid)}
	settled := true // whether the result may be cached
	if now.started == "" {
		if err := p.signal(pid); err != nil && !errors.Is(err, unix.EPERM) {
			return model.Process{}, false
		}
		was, known := p.known[pid]
		if !known || !was.process.Hidden {
			was = remembered{process: model.Process{PID: pid, Hidden: true, Container: p.container(pid)}}
		}
		p.seen[pid] = was
		return was.process, true
	}
	if was, ok := p.known[pid]; ok && was.started == now.started {
		now = was
	} else {
		now.process = model.Process{
			PID: pid, Command: p.command(pid), Container: cgroup.ContainerIn(p.read(pid, "cgroup")),
		}
		now.process.User, settled = p.user(pid)
	}
	if settled {
		p.seen[pid] = now
	}
	return now.process, true
}

// largest returns the largest pid that the kernel gives.
func (p *procfs) largest() int {
	const most = 1 << 22 // the kernel's own limit
	text, err := os.ReadFile(filepath.Join(p.root, "sys/kernel/pid_max"))
	if n, bad := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && bad == nil && n > 0 {
		return n
	}
	return most
}

// machineMemory returns the machine's memory, and how much of it isn't available to programs; 0 if the kernel doesn't
// say.
func (p *procfs) machineMemory() (total, used model.Bytes) {
	text, err := os.ReadFile(filepath.Join(p.root, "meminfo"))
	if err != nil {
		return 0, 0
	}
	var available model.Bytes
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kib, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			continue
		}
		switch fields[0] {
		case "MemTotal:":
			total = model.Bytes(kib) * model.KiB
		case "MemAvailable:":
			available = model.Bytes(kib) * model.KiB
		}
	}
	return total, max(total-available, 0)
}

// endSweep ends a sweep: processes that weren't asked about in it are dropped from the cache.
func (p *procfs) endSweep() { p.known, p.seen = p.seen, map[int]remembered{} }

func (p *procfs) read(pid int, file string) string {
	text, err := os.ReadFile(filepath.Join(p.root, strconv.Itoa(pid), file))
	if err != nil {
		return "" // it has ended, or isn't ours to read
	}
	return string(text)
}

// started returns field 22 of stat, in clock ticks since boot. Field 2, the name, may contain anything, so fields are
// counted from its closing parenthesis.
func (p *procfs) started(pid int) string {
	stat := p.read(pid, "stat")
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	const startTime = 22 - 3 // the first field after the parenthesis is number 3
	if len(fields) <= startTime {
		return ""
	}
	return fields[startTime]
}

// user returns the name of the real uid, or the number if it has no name here. settled is false if the name service
// didn't answer, so that the result must not be cached.
func (p *procfs) user(pid int) (name string, settled bool) {
	uid := ""
	for line := range strings.Lines(p.read(pid, "status")) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Uid:" {
			uid = fields[1]
		}
	}
	if uid == "" {
		return "", false
	}
	if known, ok := p.users[uid]; ok {
		return known, true
	}
	name = "uid " + uid
	u, err := p.lookup(uid)
	var nobody user.UnknownUserIdError
	switch {
	case err == nil:
		name = u.Username
	case !errors.As(err, &nobody):
		return name, false
	}
	p.users[uid] = name
	return name, true
}

// interpreters are programs whose name says little: the script that they run is shown as well.
var interpreters = model.Pattern(`^(python|bash|sh|perl|ruby|node|Rscript|julia)[0-9.]*$`)

// command returns the program, and the script of an interpreter, such as "python train.py". Other arguments are left
// out: they are long, and some people pass secrets in them.
func (p *procfs) command(pid int) string {
	args := strings.Split(strings.TrimRight(p.read(pid, "cmdline"), "\x00"), "\x00")
	if args[0] == "" {
		return printable(strings.TrimSpace(p.read(pid, "comm")))
	}
	name := filepath.Base(args[0])
	if !interpreters().MatchString(name) {
		return printable(name)
	}
	for _, a := range args[1:] {
		if a == "-c" || a == "-e" {
			break // the script's text follows
		}
		if !strings.HasPrefix(a, "-") {
			return printable(name + " " + filepath.Base(a))
		}
	}
	return printable(name)
}

// printable makes another program's name safe for the terminal, and short.
func printable(s string) string {
	const longest = 60
	r := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s))
	if len(r) > longest {
		r = append(r[:longest-1], '…')
	}
	return string(r)
}

package gpu

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/sys/unix"

	"berth/backend/cgroup"
	"berth/model"
)

// procRoot is where the kernel shows processes.
const procRoot = "/proc"

// A procfs tells who a process is. It remembers what it has read from one sweep to the next, and user names
// for good. One goroutine uses it.
type procfs struct {
	root  string
	known map[int]remembered // of the last sweep
	seen  map[int]remembered // of this one
	users map[string]string
	// lookup is the system's answer to who a uid is; it may ask the network.
	lookup func(uid string) (*user.User, error)
	// signal asks the kernel about a pid with signal 0: nil or EPERM where there is such a process.
	signal func(pid int) error
}

// A remembered process, with the moment it started: pids are used again.
type remembered struct {
	started string
	process model.Process
}

func newProcfs(root string) *procfs {
	return &procfs{
		root: root, known: map[int]remembered{}, seen: map[int]remembered{},
		users: map[string]string{}, lookup: user.LookupId,
		signal: func(pid int) error { return unix.Kill(pid, 0) },
	}
}

// process is what can be told of a pid: user, command and container. One that is there but may not be looked at is
// hidden. There is none where the kernel knows no such process: drivers name pid 0, numbers beyond the largest pid
// and processes that have ended.
func (p *procfs) process(pid int) (_ model.Process, there bool) {
	if pid <= 0 || pid > p.largest() {
		return model.Process{}, false
	}
	now := remembered{started: p.started(pid)}
	settled := true // whether it may be remembered as it is
	if now.started == "" {
		if err := p.signal(pid); err != nil && !errors.Is(err, unix.EPERM) {
			return model.Process{}, false
		}
		return model.Process{PID: pid, Hidden: true}, true
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

// largest is the largest pid that the kernel gives.
func (p *procfs) largest() int {
	const most = 1 << 22 // the kernel's own limit
	text, err := os.ReadFile(filepath.Join(p.root, "sys/kernel/pid_max"))
	if n, bad := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && bad == nil && n > 0 {
		return n
	}
	return most
}

// machineMemory is the machine's memory, and what of it programs can't have any more; 0 where the kernel doesn't say.
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

// turn ends a sweep: processes nobody asked about in it are forgotten.
func (p *procfs) turn() { p.known, p.seen = p.seen, map[int]remembered{} }

func (p *procfs) read(pid int, file string) string {
	text, err := os.ReadFile(filepath.Join(p.root, strconv.Itoa(pid), file))
	if err != nil {
		return "" // it ended meanwhile, or isn't ours to see
	}
	return string(text)
}

// started is the 22nd field of stat, in clock ticks since boot. The name in the second may hold anything,
// so the fields are counted from its closing parenthesis.
func (p *procfs) started(pid int) string {
	stat := p.read(pid, "stat")
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	const startTime = 22 - 3 // the first after the parenthesis is field 3
	if len(fields) <= startTime {
		return ""
	}
	return fields[startTime]
}

// user is the name behind the real uid, or the number where it has none here. The answer is good for later too, unless
// whoever knows the names didn't answer just now.
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

// interpreters are programs that say little by themselves: what they run is shown as well.
var interpreters = regexp.MustCompile(`^(python|bash|sh|perl|ruby|node|Rscript|julia)[0-9.]*$`)

// command is the program, and what an interpreter runs, such as "python train.py". Other arguments are left
// out: they are long, and some people pass secrets in them.
func (p *procfs) command(pid int) string {
	args := strings.Split(strings.TrimRight(p.read(pid, "cmdline"), "\x00"), "\x00")
	if args[0] == "" {
		return printable(strings.TrimSpace(p.read(pid, "comm")))
	}
	name := filepath.Base(args[0])
	if !interpreters.MatchString(name) {
		return printable(name)
	}
	for _, a := range args[1:] {
		if a == "-c" || a == "-e" {
			break // what follows is the script's text
		}
		if !strings.HasPrefix(a, "-") {
			return printable(name + " " + filepath.Base(a))
		}
	}
	return printable(name)
}

// printable keeps a foreign program's name from moving the cursor, and short.
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

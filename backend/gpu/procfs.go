package gpu

import (
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"

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
	}
}

// process is what can be told of a pid: user, command and container. They stay empty for a process that has
// ended or lies outside our own view.
func (p *procfs) process(pid int) model.Process {
	now := remembered{started: p.started(pid)}
	if was, ok := p.known[pid]; ok && was.started == now.started {
		now = was
	} else {
		now.process = model.Process{
			PID: pid, User: p.user(pid), Command: p.command(pid), Container: cgroup.ContainerIn(p.read(pid, "cgroup")),
		}
	}
	p.seen[pid] = now
	return now.process
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

// user is the name behind the real uid, or the number where it has none here.
func (p *procfs) user(pid int) string {
	for line := range strings.Lines(p.read(pid, "status")) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "Uid:" {
			continue
		}
		uid := fields[1]
		if _, ok := p.users[uid]; !ok {
			p.users[uid] = "uid " + uid
			if u, err := p.lookup(uid); err == nil {
				p.users[uid] = u.Username
			}
		}
		return p.users[uid]
	}
	return ""
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

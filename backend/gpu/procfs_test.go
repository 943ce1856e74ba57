package gpu

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"berth/model"
)

const (
	idA = "4f1c0de4f1c0de4f1c0de4f1c0de4f1c0de4f1c0de4f1c0de4f1c0de4f1c0de4"
	idB = "beefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeef"
)

// proc is a made-up /proc folder.
type proc struct {
	t    *testing.T
	root string
}

func (p proc) put(pid int, file, text string) {
	p.t.Helper()
	dir := filepath.Join(p.root, strconv.Itoa(pid))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p proc) process(pid int, started, uid, cmdline, cgroup string) {
	p.t.Helper()
	p.put(pid, "stat", strconv.Itoa(pid)+" (a) b) S 1"+strings.Repeat(" 0", 17)+" "+started+" 4096 0\n")
	p.put(pid, "status", "Name:\tpython\nUid:\t"+uid+"\t0\t0\t0\n")
	p.put(pid, "cmdline", cmdline)
	p.put(pid, "comm", "python\n")
	p.put(pid, "cgroup", cgroup)
}

// madeUp returns a procfs on a made-up /proc. The user with id 1000 is maria.
func madeUp(t *testing.T) (*procfs, proc) {
	root := t.TempDir()
	p := newProcfs(root)
	p.lookup = func(uid string) (*user.User, error) {
		if uid != "1000" {
			return nil, user.UnknownUserIdError(4711)
		}
		return &user.User{Username: "maria"}, nil
	}
	p.signal = func(int) error { return unix.ESRCH }
	return p, proc{t, root}
}

func TestAProcessHasAUserACommandAndAContainer(t *testing.T) {
	cases := []struct {
		name, uid, cmdline, user, command string
	}{
		{"a script", "1000", "/usr/bin/python3\x00-u\x00/work/train.py\x00--token=secret\x00", "maria", "python3 train.py"},
		{"a module", "1000", "python\x00-m\x00vllm.server\x00", "maria", "python vllm.server"},
		{"a script's text isn't its name", "1000", "bash\x00-c\x00export TOKEN=secret; run\x00", "maria", "bash"},
		{"an interpreter alone", "1000", "python3\x00-i\x00", "maria", "python3"},
		{"the arguments of a program are its own", "1000", "/opt/serve\x00--token\x00secret\x00", "maria", "serve"},
		{"a user of the container's only", "4711", "sleep\x00", "uid 4711", "sleep"},
		{"a kernel thread has only a name", "1000", "", "maria", "python"},
		{"control characters don't reach the screen", "1000", "a\x1b[31m\x07b\x00", "maria", "a[31mb"},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, files := madeUp(t)
			files.process(100+i, "777", c.uid, c.cmdline, "0::/docker/"+idA)
			want := model.Process{PID: 100 + i, User: c.user, Command: c.command, Container: idA}
			if got, there := p.process(100 + i); got != want || !there {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestAPidUsedAgainIsReadAgain(t *testing.T) {
	p, files := madeUp(t)
	sweep := func() string {
		defer p.endSweep()
		seen, _ := p.process(7)
		return seen.Command
	}
	files.process(7, "100", "1000", "one\x00", "0::/")
	if got := sweep(); got != "one" {
		t.Fatalf("command %q", got)
	}
	files.put(7, "cmdline", "renamed\x00")
	if got := sweep(); got != "one" {
		t.Errorf("read again while it lives: %q", got)
	}
	files.process(7, "200", "1000", "two\x00", "0::/")
	if got := sweep(); got != "two" {
		t.Errorf("the next process of that pid is %q", got)
	}
	if err := os.RemoveAll(filepath.Join(files.root, "7")); err != nil {
		t.Fatal(err)
	}
	if got := sweep(); got != "" {
		t.Errorf("a process that ended is %q", got)
	}
}

func TestProcessesNobodyAsksAboutAreForgotten(t *testing.T) {
	p, files := madeUp(t)
	for pid := range 50 {
		pid++
		files.process(pid, "100", "1000", "x\x00", "0::/")
		p.process(pid)
		p.endSweep()
	}
	if len(p.known)+len(p.seen) != 1 {
		t.Errorf("%d processes are remembered", len(p.known)+len(p.seen))
	}
}

func TestTheRealProcTellsAboutARealProcess(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	p := newProcfs(procRoot)
	got, _ := p.process(cmd.Process.Pid)
	if got.User != me.Username || got.Command != "sleep" || p.started(cmd.Process.Pid) == "" {
		t.Errorf("got %+v", got)
	}
}

func TestAPidThatIsNobodysIsNoProcess(t *testing.T) {
	for _, tt := range []struct {
		name   string
		pid    int
		signal error
		there  bool
	}{
		{"zero", 0, nil, false},
		{"beyond the largest", 4_194_305, nil, false},
		{"all bits set", 4_294_967_295, nil, false},
		{"one that has ended", 4242, unix.ESRCH, false},
		{"another user's, which /proc hides", 4242, unix.EPERM, true},
		{"one's own, which ended between two looks", 4242, nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, files := madeUp(t)
			files.put(0, "x", "")
			p.signal = func(int) error { return tt.signal }
			want := model.Process{}
			if tt.there {
				want = model.Process{PID: tt.pid, Hidden: true}
			}
			if got, there := p.process(tt.pid); got != want || there != tt.there {
				t.Errorf("got %+v, %t", got, there)
			}
		})
	}
}

// A hidden process's container is looked for once: that goes through all groups.
func TestAHiddenProcesssContainerIsLookedForOnce(t *testing.T) {
	p, files := madeUp(t)
	files.put(0, "x", "")
	p.signal = func(int) error { return unix.EPERM }
	asked := 0
	p.container = func(int) string { asked++; return idA }
	for range 3 {
		if got, there := p.process(4242); !there || got != (model.Process{PID: 4242, Hidden: true, Container: idA}) {
			t.Errorf("got %+v, %t", got, there)
		}
		p.endSweep()
	}
	p.endSweep() // the driver doesn't list it any more: the pid may be another's next time
	p.process(4242)
	if asked != 2 {
		t.Errorf("asked %d times, want 2", asked)
	}
}

func TestTheLargestPidIsTheKernels(t *testing.T) {
	p, files := madeUp(t)
	if err := os.MkdirAll(filepath.Join(files.root, "sys/kernel"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(files.root, "sys/kernel/pid_max"), []byte("32768\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := p.largest(); got != 32768 {
		t.Errorf("the largest pid is %d", got)
	}
}

func TestAUserWhomNobodyCouldNameJustNowIsAskedForAgain(t *testing.T) {
	p, files := madeUp(t)
	files.process(7, "100", "1000", "x\x00", "0::/")
	known := p.lookup
	p.lookup = func(string) (*user.User, error) { return nil, errors.New("the directory server doesn't answer") }
	if got, _ := p.process(7); got.User != "uid 1000" {
		t.Errorf("meanwhile it is %q", got.User)
	}
	p.endSweep()
	p.lookup = known
	if got, _ := p.process(7); got.User != "maria" {
		t.Errorf("later it is %q", got.User)
	}
}

func TestTheMachinesMemoryIsReadFromTheKernel(t *testing.T) {
	p, files := madeUp(t)
	text := "MemTotal:       1000 kB\nMemFree:  1 kB\nMemAvailable:    600 kB\n"
	if err := os.WriteFile(filepath.Join(files.root, "meminfo"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if total, used := p.machineMemory(); total != 1000*model.KiB || used != 400*model.KiB {
		t.Errorf("total %v, used %v", total, used)
	}
}

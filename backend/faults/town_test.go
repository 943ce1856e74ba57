package faults

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"berth/backend/engine/enginetest"
	"berth/model"
)

// options say what a fault's town is like.
type options struct {
	live  bool // the engine leaves containers running while it is away
	tmpfs bool // the state folder is a small file system of its own
	proxy bool // berth reaches its engine by way of a proxy of ours
	// keeper starts who keeps the machine; nil: the service.
	keeper func(*town) *exec.Cmd
}

// A town is a state folder with eight simulated GPUs on a private engine, a keeper, some instances whose state is known,
// and a stranger's container.
type town struct {
	t      *testing.T
	run    *run
	fault  fault
	engine *enginetest.PrivateEngine
	dir    string
	home   string
	proxy  *proxy
	keeper *exec.Cmd
	log    string

	crew      map[model.InstanceID]*member
	ended     map[model.InstanceID]bool
	bystander model.InstanceID // never ordered anything
	strangers map[string]time.Time
	ordered   map[string]int // verbs, so that each has its turn
	registry  []string       // images of one that the engine reaches
	chance    *rand.Rand

	// Of the injection under way.
	what   string
	found  []finding
	killed bool // its engine, since it was last started in good order
	said   int  // orders that ended in a failure with its reason
}

func newTown(t *testing.T, r *run, f fault, on *enginetest.PrivateEngine) *town {
	w := &town{t: t, run: r, fault: f, engine: on, dir: t.TempDir(), chance: rand.New(rand.NewPCG(r.seed, 0))}
	if f.on.proxy {
		w.proxy = newProxy(t, strings.TrimPrefix(on.Host(), "unix://"))
	}
	w.rebuild()
	return w
}

// rebuild begins anew: nothing that went wrong before counts again.
func (w *town) rebuild() {
	w.clear()
	w.found = nil
	w.home = filepath.Join(w.dir, fmt.Sprint("home", w.chance.Uint32()))
	w.log = w.home + ".log"
	w.check(os.Mkdir(w.home, 0o700))
	if w.fault.on.tmpfs {
		w.check(syscall.Mount("tiny", w.home, "tmpfs", 0, "size=24m"))
	}
	w.crew, w.ended = map[model.InstanceID]*member{}, map[model.InstanceID]bool{}
	w.ordered, w.strangers = map[string]int{}, map[string]time.Time{}
	w.beginKeeping()
	w.launchPlainly(1)
	for id := range w.crew {
		w.bystander = id
	}
	w.launchPlainly(2)
	w.befriend()
}

// beginKeeping starts the keeper, and waits until it keeps.
func (w *town) beginKeeping() {
	start := (*town).serve
	if w.fault.on.keeper != nil {
		start = w.fault.on.keeper
	}
	w.keeper = start(w)
	w.until("a keeper", func() bool { return w.keeps() != 0 })
}

// serve starts the service.
func (w *town) serve() *exec.Cmd {
	c := w.command("serve")
	log, err := os.OpenFile(w.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	w.check(err)
	defer log.Close()
	c.Stdout, c.Stderr = log, log
	w.check(c.Start())
	return c
}

// screen opens the screen on a terminal that somebody looks at.
func (w *town) screen() *exec.Cmd {
	c := w.command()
	master, err := pty.StartWithSize(c, &pty.Winsize{Cols: 120, Rows: 40})
	w.check(err)
	go func() {
		buf := make([]byte, 64<<10)
		for {
			if _, err := master.Read(buf); err != nil {
				_ = master.Close()
				return
			}
		}
	}()
	return c
}

// end ends a process that this test started, and waits for it.
func (w *town) end(c *exec.Cmd, by syscall.Signal) {
	if c == nil || c.ProcessState != nil {
		return
	}
	_ = c.Process.Signal(by)
	late := time.AfterFunc(30*time.Second, func() { _ = c.Process.Kill() })
	_ = c.Wait()
	late.Stop()
}

// keeps is the process that keeps the machine; 0: none does. A screen or a command may have left one behind.
func (w *town) keeps() int {
	text, _ := os.ReadFile(filepath.Join(w.home, "keeper.lock"))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	if pid == 0 {
		return 0
	}
	environ, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if !bytes.Contains(environ, []byte("BERTH_HOME="+w.home+"\x00")) {
		return 0
	}
	return pid
}

// endKeepers ends who keeps, also those that were left behind.
func (w *town) endKeepers() {
	w.end(w.keeper, syscall.SIGTERM)
	for range 200 {
		pid := w.keeps()
		if pid == 0 {
			return
		}
		_ = syscall.Kill(pid, syscall.SIGTERM)
		time.Sleep(50 * time.Millisecond)
	}
	w.t.Errorf("%s: the keeper %d doesn't end", w.fault.name, w.keeps())
}

// command is a berth of this town.
func (w *town) command(args ...string) *exec.Cmd {
	c := w.engine.Enter(context.Background(), w.run.program, args...)
	c.Env = w.environ()
	c.Dir = "/"
	return c
}

func (w *town) environ() []string {
	host := w.engine.Host()
	if w.proxy != nil {
		host = "unix://" + w.proxy.path
	}
	return append(os.Environ(), "BERTH_HOME="+w.home, "BERTH_SIMULATE=h100x8", "XDG_CONFIG_HOME="+w.dir,
		"TERM=xterm-256color", "LANG=C.UTF-8", "DOCKER_HOST="+host)
}

// berth runs a command to its end.
func (w *town) berth(args ...string) (stdout string, err error) {
	return finish(w.command(args...))
}

// finish runs a command to its end, a minute and a half at most.
func finish(c *exec.Cmd) (stdout string, err error) {
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Start(); err != nil {
		return "", err
	}
	late := time.AfterFunc(90*time.Second, func() { _ = c.Process.Kill() })
	defer late.Stop()
	if err := c.Wait(); err != nil {
		return out.String(), fmt.Errorf("%w: %s", err, strings.TrimSpace(errs.String()))
	}
	return strings.TrimSpace(out.String()), nil
}

// docker is somebody's hand on the engine.
func (w *town) docker(args ...string) (string, error) {
	return finish(exec.Command("docker", append([]string{"--host", w.engine.Host()}, args...)...))
}

func (w *town) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%s: %v", w.fault.name, err)
	}
}

func (w *town) until(what string, met func() bool) {
	w.t.Helper()
	for late := time.Now().Add(time.Minute); !met(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			w.t.Fatalf("%s: no %s within a minute: %s", w.fault.name, what, w.history())
		}
	}
}

// soon is a while that chance decides, up to most.
func (w *town) soon(most time.Duration) {
	time.Sleep(time.Duration(w.chance.Int64N(int64(most))))
}

// clear ends the keeper and takes everything from the engine, past berth.
func (w *town) clear() {
	if w.home == "" {
		return
	}
	w.endKeepers()
	all, err := w.engine.Docker.List(context.Background())
	w.check(err)
	for _, c := range all {
		_ = w.engine.Docker.Remove(context.Background(), c.ID)
	}
	if w.fault.on.tmpfs {
		w.check(syscall.Unmount(w.home, syscall.MNT_DETACH))
	}
	_ = exec.Command("chattr", "-R", "-i", w.home).Run()
	w.check(os.RemoveAll(w.home))
	w.home = ""
}

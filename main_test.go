package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth/backend/boxes"
	"berth/backend/engine"
	"berth/backend/engine/enginetest"
	"berth/model/wire"
	"berth/ui/cli"
	"berth/ui/uitest"

	"github.com/charmbracelet/x/vt"
)

// asProgram makes the test's binary run as berth, so that the tests use the real program in processes of its own.
const asProgram = "BERTH_TEST_AS_PROGRAM"

// asUsual is asProgram's value for the patience that people have.
const asUsual = "usual"

func TestMain(m *testing.M) {
	if as := os.Getenv(asProgram); as != "" {
		if as != asUsual { // the machine may be busy
			patience = boxes.Patience{Connect: 20 * time.Second, Silence: 20 * time.Second, Look: time.Minute, Answer: time.Minute}
		}
		os.Exit(run())
	}
	enginetest.Main(m)
}

// A house is a state folder with eight simulated GPUs on a real engine.
type house struct {
	t      *testing.T
	home   string
	engine *engine.Docker
	env    []string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, home: t.TempDir(), engine: enginetest.Docker(t)}
	h.env = append(os.Environ(), asProgram+"=1", "BERTH_HOME="+h.home, "BERTH_SIMULATE=h100x8",
		"XDG_CONFIG_HOME="+t.TempDir(), "TERM=xterm-256color", "LANG=C.UTF-8", "NO_COLOR=", "DOCKER_HOST="+h.engine.Host())
	t.Cleanup(h.clear)
	return h
}

// clear destroys the instances that a failed test left, and ends the keeper.
func (h *house) clear() {
	for _, i := range h.ls() {
		h.berth("destroy", "--yes", strconv.Itoa(int(i.ID)))
	}
	if pid := h.keeper(); pid > 0 {
		_ = syscall.Kill(pid, syscall.SIGTERM)
		for range 200 {
			if syscall.Kill(pid, 0) != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		h.t.Errorf("the keeper %d didn't end", pid)
	}
}

// keeper returns the pid in the lock file, or 0 if no process with that pid exists.
func (h *house) keeper() int {
	text, _ := os.ReadFile(filepath.Join(h.home, "keeper.lock"))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	if pid == 0 || syscall.Kill(pid, 0) != nil {
		return 0
	}
	return pid
}

// berth runs a command and returns its output and exit code.
func (h *house) berth(args ...string) (stdout, stderr string, code int) {
	h.t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Env = h.env
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		h.t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// ls returns the list of instances as scripts get it.
func (h *house) ls() []wire.Instance {
	h.t.Helper()
	out, errs, code := h.berth("ls", "--json")
	if code != 0 {
		h.t.Fatalf("ls: %s", errs)
	}
	var list []wire.Instance
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		h.t.Fatalf("ls --json: %v: %s", err, out)
	}
	return list
}

// screen opens the screen on a terminal.
func (h *house) screen(w, ht int) (uitest.Typist, *exec.Cmd) {
	h.t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = h.env
	term, err := uitest.Start(c, w, ht)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		term.Close()
		_ = c.Process.Kill() // only after a failed test; otherwise it has ended already
		_ = c.Wait()         // a second Wait only returns an error
	})
	return uitest.Typist{T: h.t, Terminal: term, Wait: 30 * time.Second}, c
}

// The main job as a user does it: look, launch through the form, read the popup, use the port, get a refusal, stop,
// start, label, destroy.
func TestTheMainJobThroughTheScreen(t *testing.T) {
	h := newHouse(t)
	s, c := h.screen(120, 40)
	s.Sees("n launches your first")

	s.Keys("n")
	s.Sees("New instance")
	chooseStarter(s)
	s.Keys(uitest.Enter, "2", uitest.Enter, uitest.Enter, uitest.CtrlU)
	s.Keys(`-e TEST="a b" -p 8081:8081 -p 8082:8082/udp -p 70000:70000`)
	s.Keys(uitest.Enter)
	s.Sees("Disk")
	s.Keys(uitest.CtrlS)
	s.Sees("docker run")
	s.Keys(uitest.Enter)
	s.Sees("running")
	i := h.ls()[0]
	if i.NumGPUs != 2 || len(i.GPUIDs) != 2 || *i.ActualStatus != "running" {
		t.Fatalf("the list has %+v", i)
	}

	s.Keys("p")
	s.Sees("-> 8081/tcp")
	address := regexp.MustCompile(`(\S+) -> 8081/tcp`).FindStringSubmatch(s.Text())[1]
	answer, err := http.Get("http://" + address + "/")
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if name := "C." + strconv.Itoa(int(i.ID)); answer.StatusCode != http.StatusOK || !strings.Contains(string(page), name) {
		t.Errorf("the popup's address answers %s: %s", answer.Status, page)
	}
	s.Keys(uitest.Escape)
	h.variables(i)

	h.refused(s, i)
	h.stopStartLabel(s, i)

	s.Keys("d")
	s.Sees("removed for ever")
	s.Keys("C."+strconv.Itoa(int(i.ID)), uitest.Enter)
	s.Sees("n launches your first")
	h.empty()
	s.Keys("q")
	ends(t, c)
}

// chooseStarter chooses the built-in template in the form's list.
func chooseStarter(s uitest.Typist) {
	s.T.Helper()
	s.Keys("/starter", uitest.Enter)
	s.Sees("● starter")
}

// variables checks the variables inside an instance.
func (h *house) variables(i wire.Instance) {
	h.t.Helper()
	id := strconv.Itoa(int(i.ID))
	out, errs, code := h.berth("exec", id, "--", "env")
	if code != 0 {
		h.t.Fatalf("exec: %s", errs)
	}
	want := []string{"TEST=a b", "CONTAINER_ID=" + id, "VAST_CONTAINERLABEL=C." + id, "GPU_COUNT=2", "NVIDIA_VISIBLE_DEVICES=void"}
	for inside, outside := range i.Ports {
		number, protocol, _ := strings.Cut(inside, "/")
		asked := number
		if outside[0].HostPort == number {
			asked = "70000" // the identity port
		}
		want = append(want, fmt.Sprintf("VAST_%s_PORT_%s=%s", strings.ToUpper(protocol), asked, outside[0].HostPort))
	}
	if len(i.Ports) != 3 {
		h.t.Errorf("three ports were asked for, it has %v", i.Ports)
	}
	for _, line := range want {
		if !strings.Contains("\n"+out, "\n"+line+"\n") {
			h.t.Errorf("inside, %q is missing among\n%s", line, out)
		}
	}
}

// refused asks for seven GPUs while two are taken. The form must say who has them and keep its content.
func (h *house) refused(s uitest.Typist, holder wire.Instance) {
	h.t.Helper()
	s.Keys("n")
	s.Sees("New instance")
	chooseStarter(s)
	s.Keys(uitest.Enter, "7")
	s.Sees("C." + strconv.Itoa(int(holder.ID)))
	s.Keys(uitest.CtrlS, uitest.Enter)
	s.Sees("Wait for them?")
	if n := len(h.ls()); n != 1 {
		h.t.Errorf("asked whether to wait, and there are %d instances", n)
	}
	s.Keys(uitest.Enter) // not now
	s.Sees("left and right slide")
	s.Keys(uitest.Escape)
	s.Sees("What you typed is lost")
	s.Keys(uitest.Right, uitest.Enter)
	s.Sees("INSTANCES")
}

func (h *house) stopStartLabel(s uitest.Typist, i wire.Instance) {
	h.t.Helper()
	s.Keys("s")
	s.Sees("Its processes end")
	s.Keys(uitest.Right, uitest.Enter)
	s.Sees("○ stopped")
	if now := h.ls()[0]; len(now.GPUIDs) != 0 || *now.ActualStatus != "stopped" {
		h.t.Errorf("stopped, it is %s with GPUs %v", *now.ActualStatus, now.GPUIDs)
	}
	s.Keys("s")
	s.Sees("running")
	now := h.ls()[0]
	if len(now.GPUIDs) != 2 || fmt.Sprint(now.Ports) != fmt.Sprint(i.Ports) {
		h.t.Errorf("started again with GPUs %v and ports %v, had %v", now.GPUIDs, now.Ports, i.Ports)
	}
	s.Keys("e")
	s.Sees("abel")
	s.Keys("first-job", uitest.Enter)
	s.Sees("first-job")
}

// empty checks that nothing of any instance is left.
func (h *house) empty() {
	h.t.Helper()
	if left := h.ls(); len(left) != 0 {
		h.t.Errorf("destroyed, the ledger still has %v", left)
	}
	all, err := h.engine.List(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, c := range all {
		if c.Labels["berth.home"] == h.home {
			h.t.Errorf("destroyed, the engine still has %s", c.Name)
		}
	}
	out, _, _ := h.berth("gpus")
	if n := strings.Count(out, "free"); n != 8 {
		h.t.Errorf("destroyed, and %d of 8 GPUs are free:\n%s", n, out)
	}
}

// A regression test: a command in a user's own systemd unit printed berth's log, because JOURNAL_STREAM is inherited.
func TestACommandInAUnitLogsNothing(t *testing.T) {
	t.Setenv("JOURNAL_STREAM", "8:4242")
	if logger(cli.Globals{}).Enabled(t.Context(), slog.LevelError) {
		t.Error("a command logs")
	}
	if !logger(cli.Globals{Verbose: true}).Enabled(t.Context(), slog.LevelInfo) {
		t.Error("the service logs nothing")
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "stream"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var s syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &s); err != nil {
		t.Fatal(err)
	}
	if !isJournal(f, fmt.Sprintf("%d:%d", s.Dev, s.Ino)) || isJournal(f, "8:4242") || isJournal(f, "") {
		t.Error("the journal isn't told from another file")
	}
}

// SIGQUIT shows what a program that hangs is doing. It left the terminal raw and on the screen's own page.
func TestStacksAreShownOnATerminalThatIsGivenBack(t *testing.T) {
	c := exec.Command(os.Args[0], "--demo")
	c.Env = append(os.Environ(), asProgram+"=yes", "BERTH_HOME="+t.TempDir(), "TERM=xterm-256color", "GOTRACEBACK=single")
	term, err := uitest.Start(c, 80, 24)
	if err != nil {
		t.Fatal(err)
	}
	defer term.Close()
	defer c.Process.Kill() // only after a failed test
	if !term.Shows("C.10", 30*time.Second) {
		t.Fatalf("no screen: %s", term.Text())
	}
	if err := c.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // with Go's exit code for it
	term.Settle(200 * time.Millisecond)
	term.Look(func(e *vt.Emulator) {
		if e.IsAltScreen() {
			t.Error("the screen's own page is still shown")
		}
	})
	if term.Text() == "" {
		t.Error("nothing says what it was doing")
	}
}

// A line of the log once ended in err=<nil>.
func TestTheLogHasNoErrorThatIsNone(t *testing.T) {
	var log bytes.Buffer
	l := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: logged(true)}))
	var none error
	l.Info("done", "err", none, "n", 0)
	l.Info("not done", "err", &fs.PathError{Op: "open", Path: "/x", Err: syscall.ENOSPC})
	if got := log.String(); strings.Contains(got, "nil") || !strings.HasPrefix(got, "level=INFO msg=done n=0\n") || !strings.Contains(got, "the disk that it lies on is full") {
		t.Error(got)
	}
}

// ends waits for a program to end by itself without an error.
func ends(t *testing.T, c *exec.Cmd) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the screen ended with %v", err)
		}
	case <-time.After(time.Minute):
		_ = c.Process.Kill()
		t.Error("the screen didn't end")
	}
}

// If the terminal disappears during a launch, nothing is lost: another process continues.
func TestAClosedTerminalLosesNothing(t *testing.T) {
	h := newHouse(t)
	s, c := h.screen(80, 24)
	s.Sees("n launches")
	s.Keys("n")
	s.Sees("New instance")
	chooseStarter(s)
	s.Keys(uitest.CtrlS, uitest.Enter)
	s.Sees("C.")
	s.Close()
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("the screen outlived its terminal")
	}
	deadline := time.Now().Add(time.Minute)
	for {
		list := h.ls()
		if len(list) == 1 && list[0].ActualStatus != nil && *list[0].ActualStatus == "running" && list[0].StatusMsg == "answers" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the launch didn't go on: %+v", list)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if h.keeper() == 0 {
		t.Error("nobody keeps the machine")
	}
}

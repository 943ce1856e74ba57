package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"

	"berth/ui/uitest"
)

// screen opens one screen over machines of the lab, as a person who waits no longer than is usual.
func (l *lab) screen(w, h int, machines ...string) (uitest.Typist, *exec.Cmd) {
	l.t.Helper()
	return l.terminal(w, h, "--on", strings.Join(machines, ","))
}

// terminal runs a command of the person's on a terminal.
func (l *lab) terminal(w, h int, args ...string) (uitest.Typist, *exec.Cmd) {
	l.t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Env = append(slices.Clone(l.env), asProgram+"="+asUsual, "TERM=xterm-256color", "NO_COLOR=")
	term, err := uitest.Start(c, w, h)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		term.Close()
		_ = c.Process.Kill() // only after a failed test; otherwise it has ended already
		_ = c.Wait()         // a second Wait only returns an error
	})
	return uitest.Typist{T: l.t, Terminal: term}, c
}

// cut stops the SSH server of a machine and all its connections, as if the cable were pulled; mended lets them go on.
func (l *lab) cut(name string) (mended func()) {
	l.t.Helper()
	server := l.server[name].Process.Pid
	all := append(childrenOf(l.t, server), server)
	for _, pid := range all {
		_ = syscall.Kill(pid, syscall.SIGSTOP) // a connection may have ended meanwhile
	}
	mended = func() {
		for _, pid := range all {
			_ = syscall.Kill(pid, syscall.SIGCONT)
		}
	}
	l.t.Cleanup(mended)
	return mended
}

// childrenOf returns the processes that a process has started, and theirs, but for those that a session runs: what stops
// is the connection.
func childrenOf(t *testing.T, pid int) (found []int) {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		text, _ := os.ReadFile(list) // the thread may have ended
		for _, word := range strings.Fields(string(text)) {
			child, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			if name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", child)); strings.HasPrefix(string(name), "sshd") {
				found = append(append(found, child), childrenOf(t, child)...)
			}
		}
	}
	return found
}

// callsOn returns the commands that run on a machine for somebody who called them: all of its berth's processes but the
// keeper that stays by itself.
func (l *lab) callsOn(name string) (calls []string) {
	l.t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		l.t.Fatal(err)
	}
	for _, path := range all {
		env, _ := os.ReadFile(path) // it may have ended, or be another user's
		if !strings.Contains("\x00"+string(env), "\x00BERTH_HOME="+l.box[name].home+"\x00") {
			continue
		}
		words, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		line := strings.TrimSpace(strings.ReplaceAll(string(words), "\x00", " "))
		if line != "" && !strings.Contains(line, " serve --until-idle") {
			calls = append(calls, filepath.Base(filepath.Dir(path))+" "+line)
		}
	}
	return calls
}

// rests waits until no call runs on machines any more.
func (l *lab) rests(names ...string) {
	l.t.Helper()
	for late := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var left []string
		for _, name := range names {
			left = append(left, l.callsOn(name)...)
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(late) {
			l.t.Errorf("still running:\n%s", strings.Join(left, "\n"))
			return
		}
	}
}

// until waits for something that a screen shows, or does not.
func until(s uitest.Typist, what string, is func(text string) bool) {
	s.T.Helper()
	for late := time.Now().Add(time.Minute); !is(s.Text()); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			s.T.Fatalf("never %s, but\n%s", what, s.Text())
		}
	}
}

// gone waits until a screen doesn't show a text any more.
func gone(s uitest.Typist, text string) {
	s.T.Helper()
	until(s, "without "+strconv.Quote(text), func(now string) bool { return !strings.Contains(now, text) })
}

// dim reports whether the words of a screen's row that has a text are dim.
func dim(s uitest.Typist, text string) (is bool) {
	row := slices.IndexFunc(strings.Split(s.Text(), "\n"), func(line string) bool { return strings.Contains(line, text) })
	s.Look(func(e *vt.Emulator) {
		is = row >= 0
		for x := range e.Width() {
			if c := e.CellAt(x, row); is && x > 1 && c != nil && strings.TrimSpace(c.Content) != "" {
				is = c.Style.Attrs&uv.AttrFaint != 0
			}
		}
	})
	return is
}

// One screen over two machines, each behind an SSH server of its own: see, launch on a certain one, stop, go in, destroy.
func TestOneScreenIsUsedForTwoMachines(t *testing.T) {
	l := newLab(t, "box1", "box2")
	s, c := l.screen(120, 40, "box1", "box2")
	s.Sees("n launches your first")
	until(s, "with both machines' GPUs", func(text string) bool { return strings.Count(text, "free") >= 2*8 })
	t.Logf("both machines:\n%s", s.Text())
	heading := func(name string) string {
		return "(?m)^ *" + name + " +8. H100 80GB +8 free$\n(?:.*H100 80GB .* free .*\n){8}"
	}
	grouped := regexp.MustCompile(heading("box1") + heading("box2"))
	until(s, "with the GPUs below their machines", func(text string) bool { return grouped.MatchString(text) })

	s.Keys("n")
	s.Sees("New instance")
	chooseStarter(s)
	s.Keys(uitest.Enter, "2", uitest.Tab, uitest.Right, uitest.Right)
	s.Sees("of 8, 8 free now on box2")
	s.Keys(uitest.CtrlS)
	s.Sees("on    box2")
	s.Keys(uitest.Enter)
	s.Sees("● ready")
	i := l.box["box2"].ls()[0]
	id := fmt.Sprintf("C.%d", i.ID)
	if s.Sees("box2/" + id); len(l.box["box1"].ls()) > 0 || i.NumGPUs != 2 {
		t.Errorf("box1 has %v, box2 %v", l.box["box1"].ls(), i)
	}
	t.Logf("an instance:\n%s", s.Text())

	s.Keys("s")
	s.Sees("Its processes end")
	s.Sees("box2/" + id)
	t.Logf("a stop:\n%s", s.Text())
	s.Keys(uitest.Right, uitest.Enter)
	s.Sees("○ stopped")
	s.Keys("s")
	s.Sees("● ready")

	// A shell in it, on this terminal, and back to the screen.
	s.Keys("x")
	s.Sees(":/workspace")
	s.Keys("echo in-$CONTAINER_ID-$((40+2))\r")
	s.Sees(fmt.Sprintf("in-%d-42", i.ID))
	t.Logf("a shell:\n%s", s.Text())
	s.Keys("exit\r")
	s.Sees("INSTANCES")
	s.Sees("box2/" + id)
	t.Logf("back:\n%s", s.Text())

	s.Keys("d")
	s.Sees("removed for ever")
	t.Logf("a destroy:\n%s", s.Text())
	s.Keys(id, uitest.Enter) // its name on its machine isn't enough
	if left := l.box["box2"].ls(); len(left) != 1 {
		t.Errorf("%s was typed, and there are %v", id, left)
	}
	s.Keys(uitest.CtrlU, "box2/"+id, uitest.Enter)
	s.Sees("n launches your first")
	l.box["box2"].empty()
	s.Keys("q")
	ends(t, c)
	l.rests("box1", "box2")
}

// A machine whose cable is pulled while its screen is open. What was known of it stays, dim, and it comes back by itself.
func TestAMachineThatIsCutOffIsShownAwayAndComesBack(t *testing.T) {
	l := newLab(t, "box1", "box2")
	for _, name := range []string{"box1", "box2"} {
		l.says(0, "C.", "--on", name, "launch", "-t", "starter", "--wait", "--label", "on-"+name)
	}
	s, c := l.screen(120, 40, "box1", "box2")
	s.Sees("on-box1")
	s.Sees("on-box2")
	s.Keys("gk") // the selection isn't on box2's
	if dim(s, "on-box2") {
		t.Errorf("box2 is there, and its instance is dim:\n%s", s.Text())
	}

	mended := l.cut("box2")
	cut := time.Now()
	s.Sees("box2: away")
	const most = 3 * 5 * time.Second // it is noticed within 5 s; here others use the machine too
	took := time.Since(cut)
	t.Logf("noticed after %s:\n%s", took.Round(10*time.Millisecond), s.Text())
	if took > most {
		t.Errorf("it is noticed after %s", took)
	}
	s.Sees("away: ready")
	for what, want := range map[string]bool{"on-box1": false, "on-box2": true} {
		if dim(s, what) != want {
			t.Errorf("%s is dim: %t\n%s", what, !want, s.Text())
		}
	}
	mended()
	gone(s, "away")
	s.Sees("on-box2")
	if dim(s, "on-box2") {
		t.Errorf("box2 is back, and its instance is dim:\n%s", s.Text())
	}
	t.Logf("back:\n%s", s.Text())

	// The screen's process is killed: nothing of it stays on the machines.
	if len(l.callsOn("box1")) == 0 || len(l.callsOn("box2")) == 0 {
		t.Error("the screen has no call on a machine")
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed
	l.rests("box1", "box2")
	if left, err := filepath.Glob(l.sockets + "/berth-ssh-*/*"); err != nil || len(left) > 0 {
		t.Errorf("there are %v, %v", left, err)
	}
}

// A command that would go on for ever ends on its machine when its caller was killed, which leaves no time to say so.
func TestACallEndsWithItsCaller(t *testing.T) {
	l := newLab(t, "box1", "box2")
	id := strings.TrimSpace(l.says(0, "C.", "--on", "box1", "launch", "-t", "starter", "--wait"))
	l.rests("box1", "box2")
	for _, line := range []string{
		"--on box1 logs --follow " + id,
		"--on box1,box2 logs --follow box1/" + id,
		"--on box1 fleet --follow",
		"--on box1 ls --watch",
		"--on box1,box2 ls --watch",
		"--on box1,box2 exec box1/" + id + " -- sleep 1000",
		"--on box1,box2 exec -it box1/" + id + " -- sleep 1000", // the input is no terminal, so neither is it there
	} {
		c := exec.Command(os.Args[0], strings.Fields(line)...)
		c.Env = l.env
		input, err := c.StdinPipe() // that stays open: it is the end of the caller that ends it
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		l.isCalled("box1")
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait() // it was killed
		if l.rests("box1", "box2"); t.Failed() {
			t.Fatal(line)
		}
		_ = input.Close() // a second Close only returns an error
	}

	// The same on a terminal, which stays.
	s, c := l.terminal(80, 24, "--on", "box1,box2", "exec", "-it", "box1/"+id, "--", "sh")
	s.Keys("echo in-$((40+2))\r")
	s.Sees("in-42")
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed
	l.rests("box1", "box2")
}

// isCalled waits until a command runs on a machine for somebody, and lets it begin.
func (l *lab) isCalled(name string) {
	l.t.Helper()
	for late := time.Now().Add(time.Minute); len(l.callsOn(name)) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			l.t.Fatalf("nothing runs on %s", name)
		}
	}
	time.Sleep(500 * time.Millisecond) // what has only begun may end for another reason
}

// Machines are asked at the same time: a list takes as long as the slowest of them.
func TestAListTakesAsLongAsItsSlowestMachine(t *testing.T) {
	l := newLab(t, "box1")
	const slow, many = 6, 5 // seconds, machines
	names, machines := []string{}, "[machines]\n"
	for n := range many {
		name := fmt.Sprintf("slow%d", n)
		names = append(names, name)
		machines += fmt.Sprintf("%s = \"box1 %s\"\n", name, l.path("slow"))
	}
	l.program("slow", fmt.Sprintf("sleep %d; exec %s \"$@\"", slow, os.Args[0]))
	l.write("xdg/berth/config.toml", machines)
	l.says(0, "", "--on", "slow0", "ls") // a keeper runs there now
	began := time.Now()
	l.says(0, "slow4/0", "--on", strings.Join(names, ","), "gpus")
	if took := time.Since(began); took > (many-1)*slow*time.Second {
		t.Errorf("%d machines that take %d s each take %s", many, slow, took)
	} else {
		t.Logf("%s", took)
	}
}

// What is watched of several machines, and what an instance's history is.
func TestSeveralMachinesAreWatched(t *testing.T) {
	l := newLab(t, "box1", "box2")
	for _, name := range []string{"box1", "box2"} {
		l.says(0, "C.", "--on", name, "launch", "-t", "starter", "--wait", "--label", "on-"+name)
	}
	id := fmt.Sprintf("C.%d", l.box["box2"].ls()[0].ID)
	s, c := l.terminal(120, 40, "--on", "box1,box2", "ls", "--watch")
	s.Sees("on-box1")
	s.Sees("on-box2")
	l.says(0, "", "--on", "box2", "label", id, "another")
	s.Sees("another")
	mended := l.cut("box2")
	s.Sees("box2: it is away")
	mended()
	s.Sees("box2: it is back")
	s.Keys("\x03")
	_ = c.Wait() // it was interrupted

	top, c := l.terminal(120, 40, "--on", "box1,box2", "top")
	top.Sees("box2/" + id)
	top.Sees("box1/7")
	top.Keys("\x03")
	_ = c.Wait() // it was interrupted
	l.says(0, "box2/"+id, "--on", "box1,box2", "top")

	l.says(0, "launch", "--on", "box1,box2", "history", "box2/"+id)
	l.says(2, "!history is about one machine", "--on", "box1,box2", "history")
	s, c = l.screen(120, 40, "box1", "box2")
	s.Sees("on-box1")
	s.Keys("H")
	both := regexp.MustCompile(`(?s)box2/` + regexp.QuoteMeta(id) + ` +launch.*box1/C\.[0-9]+ +launch`)
	until(s, "with the launches of both", func(text string) bool { return both.MatchString(text) })
	t.Logf("the history:\n%s", s.Text())
	s.Keys(uitest.Escape)
	gone(s, "engine calls")
	s.Keys("q")
	ends(t, c)
	l.rests("box1", "box2")
}

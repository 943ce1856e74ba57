package terminal

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"berth/ui/theme"
)

func TestThePainterShowsWhatItWasGiven(t *testing.T) {
	pieces := []string{"plain", "\x1b[1mbold\x1b[m", "\x1b[32mgreen\x1b[m", "日本語", "  ", "▸●◐", "\x1b[7m x \x1b[m", "é", "–",
		"\x1b[2m–\x1b[m", "\x1b[1;31;44mloud\x1b[m", "\x1b[4m \x1b[m", "            ", "\x1b]8;;http://h/\x1b\\link\x1b]8;;\x1b\\"}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range [][2]int{{20, 6}, {80, 24}, {37, 11}} {
		w, h := size[0], size[1]
		emu := vt.NewEmulator(w, h)
		p := NewPainter(emu, []string{"TERM=xterm-256color"}, true, w, h)
		lines := make([]string, h)
		for step := range 300 {
			for range rng.IntN(3) + 1 {
				line := ""
				for range rng.IntN(w / 3) {
					line += pieces[rng.IntN(len(pieces))]
				}
				lines[rng.IntN(h)] = theme.Theme{}.Clip(line, w)
			}
			switch { // scrolls, which are painted by moving lines
			case step%17 == 0:
				lines = append(lines[1:], lines[0])
			case step%13 == 0:
				lines = append([]string{"new"}, lines[:h-1]...)
			}
			if err := p.Paint(strings.Join(lines, "\n")); err != nil {
				t.Fatal(err)
			}
			if got, want := rows(emu.String()), rows(ansi.Strip(strings.Join(lines, "\n"))); got != want {
				t.Fatalf("%v, step %d: the terminal shows\n%s\nbut was given\n%s", size, step, got, want)
			}
			if step%10 == 0 {
				sameCells(t, emu, strings.Join(lines, "\n"), w, h)
			}
		}
	}
}

// Terminals disagree about the width of a composed emoji. Its row is written as a whole and doesn't run into the next.
func TestAnEmojiOfUncertainWidthStaysInItsRow(t *testing.T) {
	const w, h = 20, 3
	emu := vt.NewEmulator(w, h)
	p := NewPainter(emu, []string{"TERM=xterm"}, true, w, h)
	for _, label := range []string{"twelve 👩‍👩‍👧 and on", "three 👩‍👩‍👧 and on", "none, and all of it"} {
		if err := p.Paint("above\n" + label + "\nbelow"); err != nil {
			t.Fatal(err)
		}
		if got := strings.Split(rows(emu.String()), "\n"); len(got) != h || got[0] != "above" || got[2] != "below" {
			t.Errorf("%s: the terminal shows\n%s", label, emu.String())
		}
	}
	if got, want := rows(emu.String()), "above\nnone, and all of it\nbelow"; got != want {
		t.Errorf("after the emoji the terminal shows\n%s", got)
	}
}

// sameCells compares a terminal with one to which the frame is the first.
func sameCells(t *testing.T, emu *vt.Emulator, frame string, w, h int) {
	t.Helper()
	whole := vt.NewEmulator(w, h)
	if err := NewPainter(whole, []string{"TERM=xterm-256color"}, true, w, h).Paint(frame); err != nil {
		t.Fatal(err)
	}
	for n := range w * h {
		if got, want := emu.CellAt(n%w, n/w), whole.CellAt(n%w, n/w); !looksAlike(got, want) {
			t.Fatalf("cell %d of line %d is %+v, but was given %+v", n%w, n/w, got, want)
		}
	}
}

// looksAlike reports whether two cells look the same.
func looksAlike(a, b *uv.Cell) bool { return isBlank(a) && isBlank(b) || a.Equal(b) }

// A list scrolls inside a frame that stays. The selected row moves too. A row with wide characters isn't written again.
func TestAListScrollsForTheBytesOfOneRow(t *testing.T) {
	const w, h, top, fits = 60, 20, 3, 12
	emu := vt.NewEmulator(w, h)
	var out strings.Builder
	p := NewPainter(io.MultiWriter(emu, &out), []string{"TERM=xterm"}, true, w, h)
	frame := func(first int, last bool) string {
		lines := make([]string, h)
		for y := range lines {
			lines[y] = fmt.Sprintf("what stays in line %d", y)
		}
		for n := range fits {
			lines[top+n] = fmt.Sprintf("   C.%d  音声認識  the one row number %d of many", first+n, (first+n)*7919)
			if last && n == fits-1 || !last && n == 0 {
				lines[top+n] = strings.Replace(lines[top+n], "   C", "  ▸\x1b[7mC", 1) + "\x1b[m"
			}
		}
		return strings.Join(lines, "\n")
	}
	for _, step := range []struct {
		name string
		last bool
		by   int
	}{{"down", true, 1}, {"up", false, -1}} {
		if err := p.Paint(frame(100, step.last)); err != nil {
			t.Fatal(err)
		}
		out.Reset()
		now := frame(100+step.by, step.last)
		if err := p.Paint(now); err != nil {
			t.Fatal(err)
		}
		if got, want := rows(emu.String()), rows(ansi.Strip(now)); got != want {
			t.Errorf("%s: the terminal shows\n%s\nbut was given\n%s", step.name, got, want)
		}
		if n, most := out.Len(), 250; n > most { // the scroll, the row that was selected, and the row that is
			t.Errorf("%s: %d bytes, want at most %d: %q", step.name, n, most, out.String())
		}
	}
}

// rows are the lines without trailing blanks.
func rows(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func TestAFrameThatIsTheSameWritesNothing(t *testing.T) {
	var out strings.Builder
	p := NewPainter(&out, []string{"TERM=xterm"}, true, 20, 3)
	for range 2 {
		if err := p.Paint("one\ntwo\n日本"); err != nil {
			t.Fatal(err)
		}
	}
	first := out.Len()
	if err := p.Paint("one\ntwo\n日本"); err != nil || out.Len() != first {
		t.Errorf("%d bytes more, error %v", out.Len()-first, err)
	}
	p.forget()
	if err := p.Paint("one\ntwo\n日本"); err != nil || out.Len() == first {
		t.Error("a whole frame was asked for and nothing came")
	}
}

// An act is a model that does one thing for each key.
type act struct{ do map[string]func() tea.Cmd }

func (a act) Init() tea.Cmd  { return nil }
func (a act) View() tea.View { return tea.NewView("the screen\nis here") }
func (a act) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if key, ok := msg.(tea.KeyPressMsg); ok {
		if do := a.do[key.String()]; do != nil {
			return a, do()
		}
	}
	return a, nil
}

// A line is a pseudo-terminal with a model running on it.
type line struct {
	t           *testing.T
	master, tty *os.File
	before      *term.State
	out         chan string
	ended       chan error
	all         string
	seen        int // how much of it was waited for
}

func run(t *testing.T, env []string, do map[string]func() tea.Cmd) *line {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(master.Close(), tty.Close()); err != nil {
			t.Error(err)
		}
	})
	before, err := term.GetState(tty.Fd())
	if err != nil {
		t.Fatal(err)
	}
	device, err := Open(Options{In: tty, Out: tty, Env: env, Notify: true})
	if err != nil {
		t.Fatal(err)
	}
	l := &line{t: t, master: master, tty: tty, before: before, out: make(chan string, 1000), ended: make(chan error, 1)}
	go l.read()
	go func() { l.ended <- device.Run(t.Context(), act{do}) }()
	l.until("is here")
	return l
}

func (l *line) read() {
	buf := make([]byte, 4096)
	for {
		n, err := l.master.Read(buf)
		if err != nil {
			close(l.out)
			return
		}
		l.out <- string(buf[:n])
	}
}

// types presses a key.
func (l *line) types(key string) {
	l.t.Helper()
	if _, err := l.master.WriteString(key); err != nil {
		l.t.Fatal(err)
	}
}

// until reads the output until a text comes after the one that was last waited for.
func (l *line) until(text string) {
	l.t.Helper()
	deadline := time.After(time.Minute)
	for !strings.Contains(l.all[l.seen:], text) {
		select {
		case out := <-l.out:
			l.all += out
		case <-deadline:
			l.t.Fatalf("never wrote %q but %q", text, l.all)
		}
	}
	l.seen += strings.Index(l.all[l.seen:], text) + len(text)
}

// restored waits for the end and checks that the terminal is as it was.
func (l *line) restored() error {
	l.t.Helper()
	var err error
	select {
	case err = <-l.ended:
	case <-time.After(time.Minute):
		l.t.Fatal("didn't end")
	}
	l.until(ansi.ResetModeAltScreenSaveCursor)
	if !strings.Contains(l.all, ansi.SetModeTextCursorEnable) || !strings.Contains(l.all, ansi.ResetModeBracketedPaste) {
		l.t.Errorf("modes left on: %q", l.all)
	}
	after, stateErr := term.GetState(l.tty.Fd())
	if stateErr != nil || fmt.Sprint(*after) != fmt.Sprint(*l.before) {
		l.t.Errorf("the terminal's settings are %v, were %v (%v)", after, l.before, stateErr)
	}
	return err
}

func TestTheTerminalIsRestoredOnEveryWayOut(t *testing.T) {
	boom := func() tea.Msg { panic("a command") }
	for _, c := range []struct {
		name  string
		do    func() tea.Cmd
		crash string
	}{
		{"quit", func() tea.Cmd { return tea.Quit }, ""},
		{"a panic in Update", func() tea.Cmd { panic("an update") }, "an update"},
		{"a panic in a command", func() tea.Cmd { return boom }, "a command"},
		{"a panic in a batch", func() tea.Cmd { return tea.Batch(boom, boom) }, "a command"},
		{"SIGTERM", func() tea.Cmd { _ = syscall.Kill(os.Getpid(), syscall.SIGTERM); return nil }, ""},
		{"SIGHUP", func() tea.Cmd { _ = syscall.Kill(os.Getpid(), syscall.SIGHUP); return nil }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := run(t, []string{"TERM=xterm"}, map[string]func() tea.Cmd{"e": c.do})
			l.types("e")
			err := l.restored()
			var crash *Crash
			if errors.As(err, &crash) != (c.crash != "") || c.crash != "" && (crash.Value != c.crash || len(crash.Stack) == 0) {
				t.Errorf("ended with %v, want the crash %q", err, c.crash)
			}
		})
	}
}

func TestTheTerminalIsLentAndTakenBack(t *testing.T) {
	script := "stty -a | grep -q ' icanon' && echo cooked; echo done"
	l := run(t, []string{"TERM=xterm"}, map[string]func() tea.Cmd{
		"e": func() tea.Cmd { return tea.ExecProcess(exec.Command("sh", "-c", script), nil) },
		"q": func() tea.Cmd { return tea.Quit },
	})
	l.types("e")
	l.until("done")
	if !strings.Contains(l.all, "cooked") {
		t.Errorf("the guest had a raw terminal: %q", l.all)
	}
	if strings.Index(l.all, ansi.ResetModeAltScreenSaveCursor) > strings.Index(l.all, "cooked") {
		t.Error("the guest ran on our screen")
	}
	l.until("is here")
	l.types("q")
	if err := l.restored(); err != nil {
		t.Error(err)
	}
}

// Ctrl-c and ctrl-\ are signals to every program on the terminal. Typed into an editor, they ended this one too, and what
// was being edited was lost.
func TestWhatIsTypedIntoABorrowerEndsNotTheLender(t *testing.T) {
	for _, name := range []string{"INT", "QUIT"} {
		script := "kill -" + name + " $PPID; sleep 0.2; echo do''ne"
		l := run(t, []string{"TERM=xterm"}, map[string]func() tea.Cmd{
			"e": func() tea.Cmd { return tea.ExecProcess(exec.Command("sh", "-c", script), nil) },
			"q": func() tea.Cmd { return tea.Quit },
		})
		l.types("e")
		l.until("done")
		l.until("is here")
		l.types("q")
		if err := l.restored(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A crash while the terminal is lent waits until the borrower is done, since the screen is the borrower's meanwhile.
func TestACrashWhileTheTerminalIsLentIsSaidWhenItIsBack(t *testing.T) {
	l := run(t, []string{"TERM=xterm"}, map[string]func() tea.Cmd{
		"e": func() tea.Cmd {
			late := func() tea.Msg {
				time.Sleep(100 * time.Millisecond)
				panic("meanwhile")
			}
			return tea.Batch(late, tea.ExecProcess(exec.Command("sh", "-c", "sleep 0.5; echo do''ne"), nil))
		},
	})
	l.types("e")
	l.until("done")
	err := l.restored()
	var crash *Crash
	if !errors.As(err, &crash) || crash.Value != "meanwhile" {
		t.Errorf("ended with %v", err)
	}
}

func TestCopyAndCallReachTheTerminalBehindAMultiplexer(t *testing.T) {
	for _, c := range []struct {
		name string
		env  []string
		want []string
	}{
		{"plain", []string{"TERM=xterm"}, []string{"\x1b]52;c;aGVsbG8=\a", "\x1b]9;ready", "\a"}},
		{"tmux", []string{"TERM=tmux-256color", "TMUX=/tmp/x,1,0"}, []string{"\x1b]52;c;aGVsbG8=\a", "\x1bPtmux;\x1b\x1b]52;c;aGVsbG8="}},
		{"screen", []string{"TERM=screen", "STY=1.pts"}, []string{"\x1bP\x1b]52;c;aGVsbG8="}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := run(t, c.env, map[string]func() tea.Cmd{
				"y": func() tea.Cmd { return tea.Batch(say(Copy{"hello"}), say(Notify{"ready"})) },
				"q": func() tea.Cmd { return tea.Quit },
			})
			l.types("y")
			for _, want := range c.want {
				l.seen = 0 // they come in any order
				l.until(want)
			}
			l.types("q")
			if err := l.restored(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A regression test: a VT100 prints the requests that it doesn't know, so what was copied came out in the middle of the
// screen.
func TestAConsoleGetsNoRequestThatItWouldPrint(t *testing.T) {
	for _, name := range []string{"vt100", "vt220", "linux"} {
		l := run(t, []string{"TERM=" + name}, map[string]func() tea.Cmd{
			"y": func() tea.Cmd { return tea.Sequence(say(Copy{"hello"}), say(Notify{"ready"})) },
			"q": func() tea.Cmd { return tea.Quit },
		})
		l.types("y")
		l.until("\a")
		l.types("q")
		if err := l.restored(); err != nil {
			t.Error(err)
		}
		if strings.Contains(l.all, "\x1b]") {
			t.Errorf("%s: %q", name, l.all)
		}
	}
}

// A regression test: the prompt came in the middle of the last frame where a terminal has no alternate screen, such as
// the kernel's console, or screen as it is shipped.
func TestWithoutAnAlternateScreenThePromptComesBelow(t *testing.T) {
	for name, leave := range map[string]tea.Cmd{"at the end": tea.Quit, "to a shell": tea.ExecProcess(exec.Command("true"), nil)} {
		l := run(t, []string{"TERM=linux"}, map[string]func() tea.Cmd{
			"e": func() tea.Cmd { return leave }, "q": func() tea.Cmd { return tea.Quit },
		})
		l.types("e")
		l.until(ansi.ResetModeAltScreenSaveCursor)
		emu := vt.NewEmulator(80, 24) // the terminal doesn't say its size
		shown := strings.ReplaceAll(l.all[:l.seen], ansi.SetModeAltScreenSaveCursor, "")
		if _, err := emu.WriteString(strings.ReplaceAll(shown, ansi.ResetModeAltScreenSaveCursor, "") + "prompt"); err != nil {
			t.Fatal(err)
		}
		if got, want := rows(emu.String()), "the screen\nis here"+strings.Repeat("\n", 22)+"prompt"; got != want {
			t.Errorf("%s: the terminal shows\n%s", name, got)
		}
		l.types("q")
		<-l.ended
	}
}

// Regression: mouse reports that were turned on while the program ran once stayed on after its end.
func TestMouseAndBellAreTurnedWhileTheProgramRuns(t *testing.T) {
	l := run(t, []string{"TERM=xterm"}, map[string]func() tea.Cmd{
		"m": func() tea.Cmd { return say(Set{Mouse: true}) },
		"o": func() tea.Cmd { return tea.Sequence(say(Notify{"unheard"}), say(Set{Notify: true})) },
		"n": func() tea.Cmd { return say(Notify{"ready"}) },
		"q": func() tea.Cmd { return tea.Quit },
	})
	l.types("m")
	l.until(ansi.SetModeMouseButtonEvent)
	l.types("o")
	l.until(ansi.ResetModeMouseButtonEvent)
	if strings.Contains(l.all, "unheard") {
		t.Error("it rang though the bell was off")
	}
	l.types("n")
	l.until("ready")
	l.types("m")
	l.until(ansi.SetModeMouseButtonEvent)
	l.types("q")
	l.until(ansi.ResetModeMouseButtonEvent)
	if err := l.restored(); err != nil {
		t.Error(err)
	}
}

// say returns a command that sends a message.
func say(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

func TestWithoutATerminalThereIsNothingToOpen(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(Options{In: file, Out: file})
	if closeErr := file.Close(); !errors.Is(err, ErrNoTerminal) || closeErr != nil {
		t.Errorf("got %v, and %v", err, closeErr)
	}
}

// Regression: when a terminal that isn't the controlling one is closed, no signal comes, and the screen once ran on for
// ever.
func TestATerminalThatIsGoneEndsTheProgram(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	device, err := Open(Options{In: tty, Out: tty, Env: []string{"TERM=xterm"}})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- device.Run(t.Context(), act{}) }()
	buf := make([]byte, 4096)
	for seen := ""; !strings.Contains(seen, "is here"); {
		n, err := master.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		seen += string(buf[:n])
	}
	if err := master.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it lives on")
	}
}

// No shell can resume a session leader: the kernel doesn't stop it, and the program would wait for the end of a stop
// for ever.
func TestASessionsLeaderIsntSuspended(t *testing.T) {
	if os.Getenv("BERTH_TEST_RESUMABLE") != "" {
		fmt.Println("resumable:", resumable())
		os.Exit(0)
	}
	for _, c := range []struct {
		name string
		attr *syscall.SysProcAttr
		want string
	}{
		{"a session's leader", &syscall.SysProcAttr{Setsid: true}, "resumable: false"},
		{"a group of its own under a shell of its session", &syscall.SysProcAttr{Setpgid: true}, "resumable: true"},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestASessionsLeaderIsntSuspended$")
		cmd.Env, cmd.SysProcAttr = append(os.Environ(), "BERTH_TEST_RESUMABLE=1"), c.attr
		out, err := cmd.Output()
		if err != nil || strings.TrimSpace(string(out)) != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, out, err, c.want)
		}
	}
}

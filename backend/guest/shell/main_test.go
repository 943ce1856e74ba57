package shell

import (
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"berth/backend/guest/applet"
)

// The shell runs commands that the image doesn't have by its own program, which in a test is the test binary.
func TestMain(m *testing.M) {
	if name := filepath.Base(os.Args[0]); applet.Has(name) {
		os.Exit(applet.Run(context.Background(), applet.Call{Args: os.Args, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
	}
	os.Exit(m.Run())
}

// with sets the standard streams during a call and returns the call's result.
func with(in, out, errs *os.File, call func() int) int {
	stdin, stdout, stderr := os.Stdin, os.Stdout, os.Stderr
	os.Stdin, os.Stdout, os.Stderr = in, out, errs
	defer func() { os.Stdin, os.Stdout, os.Stderr = stdin, stdout, stderr }()
	return call()
}

// ran runs a shell with these arguments. It returns what the shell printed on both streams, and its exit code.
func ran(t *testing.T, input string, args ...string) (string, int) {
	t.Helper()
	in := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(in, []byte(input), 0o600); err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(in)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	code := with(from, to, to, func() int { return Main(args) })
	text, err := os.ReadFile(to.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text), code
}

func TestAShellRunsWhatItIsAskedTo(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "run.sh")
	plain := filepath.Join(dir, "plain")
	for name, text := range map[string]string{script: "echo \"$1 $#\"\nexit 4\n", plain: "echo run by the interpreter\n"} {
		if err := os.WriteFile(name, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, input string
		args        []string
		out         string // must be part of the output
		code        int
	}{
		{"a command has parameters", "", []string{"-c", "echo $1-$2", "sh", "a", "b"}, "a-b\n", 0},
		{"its exit code is the shell's", "", []string{"-c", "exit 7"}, "", 7},
		{"a script has parameters and a code of its own", "", []string{script, "one", "two"}, "one 2\n", 4},
		{"a script that isn't there can't be found", "", []string{filepath.Join(dir, "none")}, "no such file", 127},
		{"standard input is a script", "echo fed; false\n", nil, "fed\n", 1},
		{"an option that there isn't is refused", "", []string{"--nonsense"}, "no such option", 2},
		{"a set option that there isn't is refused", "", []string{"-o", "nonsense", "-c", "true"}, "nonsense", 2},
		{"what isn't shell is said to be wrong", "", []string{"-c", "if"}, "if", 2},
		{"-e ends at the first failure", "", []string{"-ec", "false; echo on"}, "", 1},
		{"a program of the system runs with the exported environment", "", []string{"-c", "export A=b; C=d; /usr/bin/env"}, "A=b\n", 0},
		{"a program's exit code counts", "", []string{"-c", "/bin/sh -c 'exit 9' || echo $?"}, "9\n", 0},
		{"a program that a signal ends returns 128 and its number", "", []string{"-c", "/bin/sh -c 'kill -9 $$'; echo $?"}, "137\n", 0},
		{"a command that there isn't is not found", "", []string{"-c", "nonsense-command"}, "nonsense-command: command not found", 127},
		{"a file without a first line is the interpreter's", "", []string{"-c", plain}, "run by the interpreter\n", 0},
		{"an applet stands in for a command that isn't there", "", []string{"-c", "PATH=/none; echo one two | wc -w"}, "2\n", 0},
		{"jobs tells what runs in the background", "", []string{"-c", "/bin/sleep 5 & /bin/sleep 0.3; jobs; kill %1 2>/dev/null; kill $! 2>/dev/null; true"}, "running  /bin/sleep 5", 0},
		{"kill of nothing fails", "", []string{"-c", "kill"}, "want the number of a process", 1},
		{"umask shows what it was given", "", []string{"-c", "umask 027; umask; umask 022"}, "0027\n", 0},
		{"umask takes octal digits only", "", []string{"-c", "umask 9"}, "want octal digits", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, code := ran(t, c.input, c.args...)
			if !strings.Contains(out, c.out) || code != c.code {
				t.Errorf("sh %q printed %q and returned %d, want %q and %d", c.args, out, code, c.out, c.code)
			}
		})
	}
}

// A screen collects the output of a terminal.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// shows waits until the output after position from contains a text. It returns the output's length then.
func (s *screen) shows(t *testing.T, from int, want string) int {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		text := s.text.String()
		s.mu.Unlock()
		if strings.Contains(text[from:], want) {
			return len(text)
		}
		if time.Now().After(end) {
			t.Fatalf("%q isn't shown; there is %q", want, text[from:])
		}
	}
}

func TestAShellAtATerminalPromptsEditsAndCompletes(t *testing.T) {
	hand, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer hand.Close()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "folder", "only-file"), []byte("content\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	t.Setenv("HOME", dir)
	t.Setenv("PS1", `\w \$ `)
	defer signal.Reset(syscall.SIGQUIT, syscall.SIGTSTP, syscall.SIGTERM, os.Interrupt)
	shown := &screen{}
	go func() { _, _ = io.Copy(shown, hand) }() // ends when the terminal closes
	ended := make(chan int, 1)
	go func() {
		ended <- with(terminal, terminal, terminal, func() int { return Main([]string{"-i"}) })
	}()
	at := shown.shows(t, 0, "~ ")
	for _, c := range []struct{ name, keys, want string }{
		{"a line runs", "echo $((40+2))\r", "42"},
		{"Tab completes a command", "printen\tHOME\r", dir},
		{"Tab completes a folder and a file", "cat fol\ton\t\r", "content"},
		{"Ctrl-C gives the line up", "echo lost\x03", "~ "},
		{"a command over lines has a prompt of its own", "if true\r", "> "},
		{"it runs once it is whole", "then echo who''le; fi\r", "whole"},
		{"what isn't shell is said to be wrong", ")\r", "sh:1:1"},
		{"a folder changes the prompt", "cd folder\r", "~/folder "},
		{"exit ends it", "exit 3\r", "exit 3"},
	} {
		if _, err := io.WriteString(hand, c.keys); err != nil {
			t.Fatal(err)
		}
		t.Log(c.name)
		at = shown.shows(t, at, c.want)
		time.Sleep(20 * time.Millisecond) // the next prompt is about to come
	}
	select {
	case code := <-ended:
		if code != 3 {
			t.Errorf("it ended with %d, want 3", code)
		}
	case <-time.After(time.Minute):
		t.Error("it doesn't end")
	}
	_ = terminal.Close()
}

package shell

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/interp"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want invocation
	}{
		{"nothing reads standard input", nil, invocation{}},
		{"a command", []string{"-c", "ls"}, invocation{inline: true, command: "ls"}},
		{"a login shell's command", []string{"-lc", "ls"}, invocation{inline: true, command: "ls"}},
		{"the word after the command is its name, the rest its parameters", []string{"-c", "echo $1", "sh", "a", "b"},
			invocation{inline: true, command: "echo $1", params: []string{"a", "b"}}},
		{"a script and its parameters", []string{"run.sh", "-c"}, invocation{script: "run.sh", params: []string{"-c"}}},
		{"options reach the interpreter", []string{"-eu", "-o", "pipefail", "-c", "x"},
			invocation{inline: true, command: "x", options: []string{"-e", "-u", "-o", "pipefail"}}},
		{"profile options mean nothing", []string{"--norc", "--login", "-i"}, invocation{ask: true}},
		{"two dashes end the options", []string{"--", "-x"}, invocation{script: "-x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parse(c.args)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(normal(got), normal(c.want)) {
				t.Errorf("parse(%q) = %+v, want %+v", c.args, got, c.want)
			}
		})
	}
}

// normal makes empty parameters and nil compare equal.
func normal(i invocation) invocation {
	if len(i.params) == 0 {
		i.params = nil
	}
	return i
}

func TestParseRefuses(t *testing.T) {
	for _, args := range [][]string{{"-c"}, {"-o"}, {"--nonsense"}} {
		if call, err := parse(args); err == nil {
			t.Errorf("parse(%q) = %+v, want an error", args, call)
		}
	}
}

func TestCommon(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  string
	}{
		{nil, ""},
		{[]string{"passwd"}, "passwd"},
		{[]string{"passwd", "passwd-"}, "passwd"},
		{[]string{"abc", "abd", "ax"}, "a"},
		{[]string{"a", "b"}, ""},
	} {
		if got := common(c.words); got != c.want {
			t.Errorf("common(%q) = %q, want %q", c.words, got, c.want)
		}
	}
}

// fed runs a shell with this input. It returns what the shell printed, and its exit code.
func fed(t *testing.T, in io.Reader) (string, int) {
	t.Helper()
	var out strings.Builder
	runner, err := interp.New(interp.StdIO(in, &out, &out))
	if err != nil {
		t.Fatal(err)
	}
	last := runInput(runner, in)
	return out.String(), last
}

func TestWhatIsFedRuns(t *testing.T) {
	for _, c := range []struct {
		name, text, out string
		code            int
	}{
		{"nothing", "", "", 0},
		{"a line without an end", "echo a", "a\n", 0},
		{"several commands on a line", "echo a; echo b && echo c\n", "a\nb\nc\n", 0},
		{"comments and empty lines", "# one\n\necho a # two\n\n", "a\n", 0},
		{"a command over lines", "for i in 1 2; do\n  echo $i\ndone\nif true\nthen echo \\\nx\nelse echo y\nfi\n", "1\n2\nx\n", 0},
		{"a function", "f() {\n\techo in\n}\nf\n", "in\n", 0},
		{"a text in quotes over lines", "echo 'a\nb'\n", "a\nb\n", 0},
		{"a document in the script", "read -r x <<END\nword\nEND\necho $x\n", "word\n", 0},
		{"a line longer than any buffer", "echo " + strings.Repeat("x", 5000) + "\n", strings.Repeat("x", 5000) + "\n", 0},
		{"a command reads what follows it", "read -r x\nnext line\necho got $x\n", "got next line\n", 0},
		{"the last command's code is its own", "true\nfalse\n", "", 1},
		{"nothing runs after exit", "exit 3\necho no\n", "", 3},
		{"nor after a failure with -e", "set -e\nfalse\necho no\n", "", 1},
		{"what comes before a mistake runs", "echo a\nif then\necho no\n", "a\n", 2},
		{"an end in the midst of a command is a mistake", "echo a\nif true\n", "a\n", 2},
		{"a trap of the exit runs once, at the end", "trap 'echo bye' EXIT\necho a\nfalse\n", "a\nbye\n", 1},
		{"or at an exit", "trap 'echo bye' EXIT\nexit 4\necho no\n", "bye\n", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				io.WriteString(w, c.text)
				w.Close()
			}()
			defer r.Close()
			if out, code := fed(t, r); out != c.out || code != c.code {
				t.Errorf("it printed %q and ended with %d, want %q and %d", out, code, c.out, c.code)
			}
		})
	}
}

// Regression: a kill that succeeded once ended the shell by a panic of the interpreter.
func TestAKillThatSucceedsIsASuccess(t *testing.T) {
	if code := Main([]string{"-c", fmt.Sprintf("kill -CONT %d", os.Getpid())}); code != 0 {
		t.Errorf("it ended with %d", code)
	}
	if code := Main([]string{"-c", "kill -CONT nobody"}); code == 0 {
		t.Error("a kill of nobody ended well")
	}
}

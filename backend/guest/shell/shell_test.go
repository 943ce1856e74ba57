package shell

import (
	"reflect"
	"testing"
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

// normal makes empty and missing parameters the same.
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

package cli

import (
	"slices"
	"strings"
	"testing"
)

func TestOnIsTakenOutOfACommandLineAsOftenAsItWasGiven(t *testing.T) {
	for _, tt := range []struct {
		line  string
		given int
		want  string
	}{
		{"ls", 0, "ls"},
		{"--on a,b ls -q", 1, "ls -q"},
		{"ls --on=a,b -q", 1, "ls -q"},
		{"ls -q --on a,b", 1, "ls -q"},
		{"--on a --on b ls", 2, "ls"},
		{"--on a exec C.1 -- berth --on x ls", 1, "exec C.1 -- berth --on x ls"},
		{"exec C.1 -- berth --on x ls", 0, "exec C.1 -- berth --on x ls"}, // BERTH_ON named the machines
	} {
		if got := strings.Join(withoutOn(strings.Fields(tt.line), tt.given), " "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.line, got, tt.want)
		}
	}
}

func TestAFlagsValueIsReplacedHoweverItIsWritten(t *testing.T) {
	for line, want := range map[string]string{
		"launch -f o.toml --label o.toml": "launch -f - --label o.toml", "launch -fo.toml": "launch -f-", "launch -f=o.toml": "launch -f=-",
		"launch --file o.toml": "launch --file -", "launch --file=o.toml": "launch --file=-", "launch -t o.toml": "launch -t o.toml",
	} {
		words := strings.Fields(line)
		if got := strings.Join(replaced(slices.Clone(words), "o.toml", "-", "--file", "-f"), " "); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

func TestAPlaceIsInAnInstanceOrAPath(t *testing.T) {
	for word, want := range map[string]string{
		"box2/C.14:/workspace": "box2", "box2/C.14:": "box2", "box2/14:a/b": "box2", "C.14:a": "", "a/b": "none", "./C.14:x": "none", "/C.14:x": "none", "a:b": "none", "/C.14": "none",
	} {
		machine, is := machineOfPlace(word)
		if !is {
			machine = "none"
		}
		if machine != want {
			t.Errorf("%s is on %q, want %q", word, machine, want)
		}
	}
}

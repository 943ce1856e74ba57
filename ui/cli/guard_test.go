package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	wishes "berth/backend/ledger" // ledger is a need of commands here
)

// as runs a command of a demo as some user, without a terminal.
func as(t *testing.T, user, home string, args ...string) string {
	t.Helper()
	c := exec.Command(shipped(t), args...)
	c.Env = append(os.Environ(), "BERTH_DEMO=1", "BERTH_HOME="+home, "XDG_CONFIG_HOME="+home, "HOME="+home, "SUDO_USER="+user)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("berth %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// isDemo notes in a ledger whether it is a demo's.
func isDemo(t *testing.T, home, is string) {
	t.Helper()
	l, err := wishes.Open(t.Context(), home, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Note(t.Context(), "demo", is), l.Close()); err != nil {
		t.Fatal(err)
	}
}

// A regression test: `berth destroy ID` destroyed any user's instance at once, without a question.
func TestOrdersAskOnATerminalAsTheScreenDoes(t *testing.T) {
	home := t.TempDir()
	as(t, "maria", home, "launch", "-t", "starter", "--label", "hers", "--wait")
	// A demo's containers end with the command that keeps them. So the cases that need a running instance come first.
	for _, test := range []struct {
		name  string
		args  []string
		asked []string // "" if nothing is asked
		types string
		code  int
		said  string
		left  bool
	}{
		{
			"a recycle wants the id too",
			[]string{"recycle", "1000"},
			[]string{"Recycle C.1000 hers?", "all files inside", "are lost for ever. Id, ports, keys and variables stay.", "Type C.1000 to go on: "},
			"y\r", 1, "nothing was done", true,
		},
		{
			"a stop of somebody else's wants a yes",
			[]string{"stop", "--wait=false", "1000"},
			[]string{"Stop C.1000 hers?", "It belongs to maria. ", "Files and ports stay.", "Go on? yes or no: "},
			"n\r", 1, "berth: nothing was done", true,
		},
		{"--yes is the answer", []string{"reboot", "--yes", "1000"}, nil, "", 0, "C.1000 hers: reboot ordered", true},
		{
			"another word keeps it",
			[]string{"destroy", "1000"},
			[]string{"Destroy C.1000 hers?", "It belongs to maria. Container and files", "old) are removed for ever", "Type C.1000 to go on: "},
			"yes\r", 1, "berth: nothing was done: that isn't C.1000", true,
		},
		{"so does Enter alone", []string{"destroy", "1000"}, []string{"Type C.1000 to go on: "}, "\r", 1, "berth: nothing was done", true},
		{"ctrl-c leaves it all", []string{"destroy", "1000"}, []string{"Type C.1000 to go on: "}, "\x03", 130, "interrupted", true},
		{"its id does it", []string{"destroy", "C.1000"}, []string{"Type C.1000 to go on: "}, "1000\r", 0, "C.1000 hers: destroyed", false},
	} {
		x := onTerminal(t, home, test.args...)
		for _, text := range test.asked {
			x.sees(text, true)
		}
		if test.types != "" {
			x.types(test.types)
		}
		if code := x.ends(); code != test.code {
			t.Errorf("%s: exit code %d, want %d", test.name, code, test.code)
		}
		x.sees(test.said, true)
		if len(test.asked) == 0 && strings.Contains(x.screen(), "?") {
			t.Errorf("%s: it asks %q", test.name, x.screen())
		}
		if left := strings.Contains(as(t, "maria", home, "ls"), "C.1000"); left != test.left {
			t.Errorf("%s: it is still there: %t", test.name, left)
		}
	}
}

// A stop of a user's own instance loses nothing, so there is no question.
func TestAStopOfOnesOwnAsksNothing(t *testing.T) {
	home := t.TempDir()
	x := onTerminal(t, home, "launch", "-t", "starter", "--wait")
	if code := x.ends(); code != 0 {
		t.Fatalf("the launch: exit code %d: %s", code, x.screen())
	}
	x = onTerminal(t, home, "stop", "--wait=false", "1000")
	if code := x.ends(); code != 0 || strings.Contains(x.screen(), "?") {
		t.Errorf("exit code %d, it shows %q", code, x.screen())
	}
	x.sees("C.1000: stop ordered", true)
}

// There is one question for all instances on a command line, and it names them.
func TestSeveralAreDestroyedByTheWord(t *testing.T) {
	home := t.TempDir()
	as(t, "maria", home, "launch", "-t", "starter", "--label", "one", "--wait")
	as(t, "tom", home, "launch", "-t", "starter", "--label", "two", "--wait")
	x := onTerminal(t, home, "destroy", "1000", "1001")
	for _, text := range []string{
		"Destroy 2 instances?", "C.1000 one, C.1001 two. They belong to 2 other users. ", "up to ", "Type destroy to go on: ",
	} {
		x.sees(text, true)
	}
	x.types("destroy\r")
	if code := x.ends(); code != 0 {
		t.Errorf("exit code %d: %s", code, x.screen())
	}
	left := strings.Fields(as(t, "maria", home, "ls"))
	if slices.Contains(left, "C.1000") || slices.Contains(left, "C.1001") {
		t.Errorf("left: %v", left)
	}
}

// top redraws in place, and ctrl-c is the normal way to leave it.
func TestTopPaintsInItsPlaceAndEndsWell(t *testing.T) {
	home := t.TempDir()
	as(t, "maria", home, "launch", "-t", "starter", "--gpus", "1", "--label", "busy", "--wait")
	x := onTerminal(t, home, "top")
	x.sees("ID      LABEL", true)
	x.sees("\x1b[K", true)
	x.types("\x03")
	if code := x.ends(); code != 0 || strings.Contains(x.screen(), "interrupted") {
		t.Errorf("exit code %d, it shows %q", code, x.screen())
	}
}

// A regression test: a ctrl-c meant for a running command or a half-typed line ended the whole session.
func TestACtrlCEndsACommandOfASessionAndNotTheSession(t *testing.T) {
	x := onTerminal(t, t.TempDir(), "--accessible")
	x.sees("berth> ", true)
	x.types("half a li\x03")
	x.sees("Interrupted. quit leaves.", true)
	x.types("ls --watch\r")
	x.sees("ID  LABEL", true)
	x.types("\x03")
	x.sees("berth: interrupted", true)
	x.types("version\r")
	x.sees("berth dev", true)
	x.types("quit\r")
	if code := x.ends(); code != 0 || strings.Contains(x.screen(), "no such command") {
		t.Errorf("exit code %d, it shows %q", code, x.screen())
	}
}

// A regression test: a terminal that only prints got a screen that it can't draw.
func TestATerminalThatCantIsToldWhatCan(t *testing.T) {
	t.Setenv("TERM", "dumb")
	x := onTerminal(t, t.TempDir())
	x.sees("berth: the screen needs a terminal that can move its cursor, which this one says it can't (TERM=dumb); `berth --accessible` is a session", true)
	if code := x.ends(); code != 1 {
		t.Errorf("exit code %d", code)
	}
}

// Removing what an account keeps asks the same question as the screen.
func TestWhatIsKeptIsAskedAboutBeforeItGoes(t *testing.T) {
	home := t.TempDir()
	x := onTerminal(t, home, "account", "env", "set", "A=1")
	if code := x.ends(); code != 0 {
		t.Fatalf("exit code %d: %s", code, x.screen())
	}
	for _, test := range []struct {
		types, said string
		code        int
	}{{"n\r", "berth: nothing was done", 1}, {"y\r", "forgot A", 0}} {
		x = onTerminal(t, home, "account", "env", "unset", "A")
		x.sees("Remove A?", true)
		x.sees("Instances that have it keep it.", true)
		x.types(test.types)
		if code := x.ends(); code != test.code {
			t.Errorf("%q: exit code %d: %s", test.types, code, x.screen())
		}
		x.sees(test.said, true)
	}
}

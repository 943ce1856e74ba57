package applet

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth/backend/guest/files"
)

// call runs an applet with the given input and returns its output, its error output and its exit code.
func call(t *testing.T, input string, args ...string) (out, complaints string, code int) {
	t.Helper()
	in, err := os.Create(filepath.Join(t.TempDir(), "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, err := in.WriteString(input); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	var o, e strings.Builder
	code = Run(t.Context(), Call{Args: args, In: in, Out: &o, Err: &e})
	return o.String(), e.String(), code
}

func TestApplets(t *testing.T) {
	for _, c := range []struct {
		name, input string
		args        []string
		out         string
		code        int
	}{
		{"head takes the first lines", "1\n2\n3\n", []string{"head", "-n", "2"}, "1\n2\n", 0},
		{"head takes the old form of a count", "1\n2\n3\n", []string{"head", "-1"}, "1\n", 0},
		{"head of fewer lines is all of them", "1\n2", []string{"head"}, "1\n2", 0},
		{"tail takes the last lines", "1\n2\n3", []string{"tail", "-n2"}, "2\n3", 0},
		{"wc counts lines, words and bytes", "a b\nc\n", []string{"wc"}, "2 3 6\n", 0},
		{"wc -l counts lines", "a b\nc\n", []string{"wc", "-l"}, "2\n", 0},
		{"grep finds", "one\ntwo\n", []string{"grep", "^t"}, "two\n", 0},
		{"grep without a match says so by its code", "one\n", []string{"grep", "x"}, "", 1},
		{"grep -vn numbers what doesn't match", "one\ntwo\n", []string{"grep", "-vn", "two"}, "1:one\n", 0},
		{"grep -F takes a dot for a dot", "a.b\naxb\n", []string{"grep", "-F", "a.b"}, "a.b\n", 0},
		{"sort sorts", "b\na\n", []string{"sort"}, "a\nb\n", 0},
		{"sort -n knows 10 from 9", "10\n9\n", []string{"sort", "-n"}, "9\n10\n", 0},
		{"sort -ru turns round and drops doubles", "a\nb\na\n", []string{"sort", "-ru"}, "b\na\n", 0},
		{"the library's cat copies", "text", []string{"cat"}, "text", 0},
		{"ls of nothing fails", "", []string{"ls", "/no/such/place"}, "", 2},
		{"env runs a command with a variable", "", []string{"env", "-i", "A=b", "/usr/bin/env"}, "A=b\n", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, complaints, code := call(t, c.input, c.args...)
			if out != c.out || code != c.code {
				t.Errorf("%q printed %q and returned %d, want %q and %d; it said %q", c.args, out, code, c.out, c.code, complaints)
			}
		})
	}
}

func TestEveryNameIsAnApplet(t *testing.T) {
	if !slices.IsSorted(files.Applets) {
		t.Error("the names aren't sorted")
	}
	for name := range own {
		if !Has(name) {
			t.Errorf("%s is an applet without a name", name)
		}
	}
	for _, name := range files.Applets {
		if own[name] != nil {
			continue
		}
		if _, complaints, code := call(t, "", name, "--no-such-flag"); code == 127 {
			t.Errorf("%s is a name without an applet: %s", name, complaints)
		}
	}
}

func TestAnUnknownNameIsNotFound(t *testing.T) {
	if _, complaints, code := call(t, "", "nonsense"); code != 127 || !strings.Contains(complaints, "nonsense") {
		t.Errorf("returned %d and said %q, want 127 and its name", code, complaints)
	}
}

func TestPsShowsThisProcess(t *testing.T) {
	out, complaints, code := call(t, "", "ps", "aux")
	if code != 0 || !strings.Contains(out, filepath.Base(os.Args[0])) {
		t.Errorf("returned %d, said %q, and doesn't show this test:\n%s", code, complaints, out)
	}
}

func TestSignalNamed(t *testing.T) {
	for _, name := range []string{"9", "KILL", "SIGKILL", "kill"} {
		if s, ok := signalNamed(name); !ok || s != 9 {
			t.Errorf("signalNamed(%q) = %v, %v, want 9", name, s, ok)
		}
	}
	if s, ok := signalNamed("NONSENSE"); ok {
		t.Errorf("signalNamed(NONSENSE) = %v, want none", s)
	}
}

package applet

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// tree writes files with these contents below a new folder, which becomes the working directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	return dir
}

func TestAppletsOnFiles(t *testing.T) {
	tree(t, map[string]string{
		"one": "a\nb\n", "two": "c\n", "sub/deep/big": strings.Repeat("x", 9000), "sub/small": "needle\n", "numbers": "x 10\ny 9\n",
		".hidden": "",
	})
	for _, c := range []struct {
		name, input string
		args        []string
		out         string // must be part of the output
		says        string // must be part of the error output
		code        int
	}{
		{"ls lists names", "", []string{"ls"}, "numbers", "", 0},
		{"ls names what isn't there and lists the rest", "", []string{"ls", "nothing", "one"}, "one", "nothing", 2},
		{"du counts what lies below, deepest first", "", []string{"du", "sub"}, "\tsub/deep\n", "", 0},
		{"du -s is one line", "", []string{"du", "-s", "sub"}, "\tsub\n", "", 0},
		{"du -h has units", "", []string{"du", "-h", "-d1", "sub"}, "K\tsub", "", 0},
		{"du of nothing named is of this folder", "", []string{"du", "-s"}, "\t.\n", "", 0},
		{"df shows file systems", "", []string{"df", "-h"}, "Mounted on", "", 0},
		{"df takes no other flag", "", []string{"df", "--nonsense"}, "", "nonsense", 1},
		{"head takes the first of each of several files", "", []string{"head", "-n1", "one", "two"}, "a\nc\n", "", 0},
		{"head -c counts bytes", "abcdef", []string{"head", "-c", "3"}, "abc", "", 0},
		{"head of a missing file fails", "", []string{"head", "nothing"}, "", "nothing", 1},
		{"wc names each of several files", "", []string{"wc", "-l", "one", "two"}, "2 one\n1 two\n", "", 0},
		{"sort -k isn't there and is said so", "b\n", []string{"sort", "--nonsense"}, "", "nonsense", 1},
		{"sort reads files", "", []string{"sort", "-r", "one", "two"}, "c\nb\na\n", "", 0},
		{"grep -r looks below", "", []string{"grep", "-r", "needle", "sub"}, "sub/small:needle\n", "", 0},
		{"grep -i takes both cases", "ABC\n", []string{"grep", "-i", "abc"}, "ABC\n", "", 0},
		{"grep -q prints nothing", "abc\n", []string{"grep", "-q", "abc"}, "", "", 0},
		{"grep wants a pattern", "", []string{"grep"}, "", "want a pattern", 1},
		{"grep wants a right pattern", "x", []string{"grep", "("}, "", "missing closing", 1},
		{"tee copies to a file", "t", []string{"tee", "tee'd"}, "t", "", 0},
		{"tee -a adds to one", "u", []string{"tee", "-a", "tee'd"}, "u", "", 0},
		{"so that both are in it", "", []string{"cat", "tee'd"}, "tu", "", 0},
		{"tee into a folder fails", "", []string{"tee", "sub"}, "", "directory", 1},
		{"ln -s makes a link", "", []string{"ln", "-s", "one", "soft"}, "", "", 0},
		{"which leads there", "", []string{"cat", "soft"}, "a\nb\n", "", 0},
		{"ln -sf replaces one", "", []string{"ln", "-sf", "two", "soft"}, "", "", 0},
		{"ln makes another name", "", []string{"ln", "one", "sub"}, "", "", 0},
		{"in a folder it has the target's", "", []string{"cat", "sub/one"}, "a\n", "", 0},
		{"ln wants two words", "", []string{"ln", "one"}, "", "want a target and a name", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, complaints, code := call(t, c.input, c.args...)
			if !strings.Contains(out, c.out) || !strings.Contains(complaints, c.says) || code != c.code {
				t.Errorf("%q printed %q, said %q and returned %d, want %q, %q and %d", c.args, out, complaints, code, c.out, c.says, c.code)
			}
		})
	}
}

func TestAppletsThatTellOfTheSystem(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("BERTH_TEST_WORD", "there")
	for _, c := range []struct {
		name string
		args []string
		out  string // must be part of the output
		code int
	}{
		{"hostname is the kernel's", []string{"hostname"}, host + "\n", 0},
		{"uname is Linux", []string{"uname"}, "Linux", 0},
		{"uname -a has the host's name", []string{"uname", "-a"}, host, 0},
		{"uname -n is the host's name", []string{"uname", "-n"}, host, 0},
		{"uname -rm has a release", []string{"uname", "-rm"}, ".", 0},
		{"id has the user's number", []string{"id"}, "uid=" + strconv.Itoa(os.Getuid()), 0},
		{"whoami is a name", []string{"whoami"}, "\n", 0},
		{"nproc is a number", []string{"nproc"}, "\n", 0},
		{"date has a year", []string{"date"}, time.Now().Format("2006"), 0},
		{"uptime tells the load", []string{"uptime"}, "load average", 0},
		{"free tells of memory", []string{"free"}, "machine ", 0},
		{"free -h has units", []string{"free", "-h"}, "G", 0},
		{"env prints the environment", []string{"env"}, "BERTH_TEST_WORD=there\n", 0},
		{"env returns its command's code", []string{"env", "sh", "-c", "exit 5"}, "", 5},
		{"printenv prints one variable", []string{"printenv", "BERTH_TEST_WORD"}, "there\n", 0},
		{"printenv prints all", []string{"printenv"}, "BERTH_TEST_WORD=there\n", 0},
		{"printenv of none fails", []string{"printenv", "BERTH_NO_SUCH"}, "", 1},
		{"which finds a program", []string{"which", "sh"}, "/sh\n", 0},
		{"which of none fails", []string{"which", "no-such-program"}, "", 1},
		{"clear moves to the top", []string{"clear"}, "\x1b[H", 0},
		{"top looks as often as it is told", []string{"top", "-b", "-n", "1", "-d", "0.05"}, "PID", 0},
		{"ps -f is a list too", []string{"ps", "-ef"}, "PID", 0},
		{"sleep of a moment ends", []string{"sleep", "0.01"}, "", 0},
		{"sleep wants a time", []string{"sleep", "x"}, "", 1},
		{"kill of a word fails", []string{"kill", "x"}, "", 1},
		{"kill with no such signal fails", []string{"kill", "-NONSENSE", "1"}, "", 1},
		{"kill wants a process", []string{"kill"}, "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, complaints, code := call(t, "", c.args...)
			if !strings.Contains(out, c.out) || code != c.code {
				t.Errorf("%q printed %q, said %q and returned %d, want %q and %d", c.args, out, complaints, code, c.out, c.code)
			}
		})
	}
}

func TestKillEndsAProcessByTheSignalNamed(t *testing.T) {
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, complaints, code := call(t, "", "kill", "-TERM", strconv.Itoa(child.Process.Pid)); code != 0 {
		t.Errorf("returned %d and said %q", code, complaints)
	}
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "terminated") {
		t.Errorf("the process ended with %v", err)
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	begun := time.Now()
	Run(ctx, Call{Args: []string{"sleep", "1m"}, In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it slept for %s", took)
	}
}

package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/ui/uitest"
)

// A bench is a folder with the Makefile and its scripts, on a machine that has only the tools that a test gives it.
// Tools that would take long or change this machine are replaced by fakes, which only record their calls in a file.
type bench struct {
	t         *testing.T
	root, bin string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, root: t.TempDir(), bin: t.TempDir()}
	for _, file := range []string{"Makefile", "go.mod", "go.sum", ".ci/tools", ".ci/engine"} {
		text, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		b.write(filepath.Join(b.root, file), string(text))
	}
	b.write(filepath.Join(b.root, "assets/templates/starter.toml"), "")
	for _, tool := range []string{"make", "sh", "sed", "sort", "head", "tail", "find", "grep", "wc", "date", "seq", "git", "cat", "touch", "mkdir", "chmod", "dirname"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Skipf("%s isn't installed", tool)
		}
		if err := os.Symlink(path, filepath.Join(b.bin, tool)); err != nil {
			t.Fatal(err)
		}
	}
	b.fake("gzip", `for f; do :; done; touch "$f.gz"`)
	b.fake("gcc", "cat >&2")
	b.golang("1.26.0")
	return b
}

func (b *bench) write(path, text string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		b.t.Fatal(err)
	}
}

// fake makes a tool that runs a script and records its calls.
func (b *bench) fake(name, script string) {
	b.write(filepath.Join(b.bin, name), "#!/bin/sh\necho \""+name+" $*\" >>"+b.root+"/called\n"+script+"\n")
}

// golang makes a fake Go of this version. The program that it builds only prints that it runs.
func (b *bench) golang(version string) {
	b.fake("go", `case "$1 $2" in
"env GOARCH") echo amd64 ;;
"env GOVERSION") echo go`+version+` ;;
"env CC") echo gcc ;;
build*)
	while [ "$1" != -o ]; do shift; done
	mkdir -p "$(dirname "$2")"
	printf '#!/bin/sh\necho berth runs\n' >"$2"
	chmod +x "$2" ;;
esac`)
}

func (b *bench) without(tool string) {
	if err := os.Remove(filepath.Join(b.bin, tool)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) command(words ...string) *exec.Cmd {
	c := exec.CommandContext(b.t.Context(), filepath.Join(b.bin, "make"), words...)
	c.Dir = b.root
	c.Env = []string{"PATH=" + b.bin, "HOME=" + b.root}
	return c
}

// called reports whether a tool was called with these words.
func (b *bench) called(words string) bool {
	text, err := os.ReadFile(filepath.Join(b.root, "called"))
	if err != nil && !os.IsNotExist(err) {
		b.t.Fatal(err)
	}
	return strings.Contains(string(text), words)
}

func TestABuildStopsWhereAToolIsMissing(t *testing.T) {
	for name, tt := range map[string]struct {
		machine func(*bench)
		says    string
	}{
		"no Go":                {func(b *bench) { b.without("go") }, "Go is missing: install Go 1.26.0 or newer from https://go.dev/dl"},
		"an old Go":            {func(b *bench) { b.golang("1.19.8") }, "Go 1.19.8 is too old: install Go 1.26.0 or newer"},
		"a Go that can't grow": {func(b *bench) { b.fake("go", "echo 'go: download go1.26.0: no route' >&2; exit 1") }, "no route"},
		"no gcc":               {func(b *bench) { b.without("gcc") }, "a C compiler is missing (gcc): install it (on Debian and Ubuntu: sudo apt-get install gcc libc6-dev)"},
		"gcc without headers":  {func(b *bench) { b.fake("gcc", "cat >&2; exit 1") }, "a C compiler is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			tt.machine(b)
			out, err := b.command("build").CombinedOutput()
			if err == nil {
				t.Errorf("it builds all the same: %s", out)
			}
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			if !strings.HasPrefix(lines[0], "berth: ") || !strings.Contains(lines[0], tt.says) {
				t.Errorf("want a line that says %q, got:\n%s", tt.says, out)
			}
			if len(lines) != 2 || !strings.HasPrefix(lines[1], "make: ***") {
				t.Errorf("one line, and make's own; got:\n%s", out)
			}
			if b.called("go build") {
				t.Error("something was built")
			}
		})
	}
}

func TestABuildGoesOnWhereAllIsThere(t *testing.T) {
	b := newBench(t)
	if out, err := b.command("build").CombinedOutput(); err != nil || !b.called("go build") {
		t.Errorf("%v: %s", err, out)
	}
}

// bare returns a machine of root without a running engine. The engine doesn't start after its installation, and its log
// says why.
func bare(t *testing.T) *bench {
	b := newBench(t)
	b.fake("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
	b.fake("id", "echo 0")
	b.fake("apt-get", "")
	b.fake("service", "echo 'Starting Docker: docker'; echo 'iptables is missing' >&2")
	b.fake("sleep", "")
	return b
}

func TestRunSaysWhatItInstallsAndWhy(t *testing.T) {
	b := bare(t)
	out, err := b.command("run").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"installs Docker's engine now", "because none answers", "ENGINE=no declines", "iptables is missing", "berth runs"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it doesn't say %q:\n%s", want, out)
		}
	}
	if !b.called("apt-get install -y -qq docker.io") || b.called("sleep 3") {
		t.Error("it installs one, and waits for nobody where nobody looks")
	}
}

func TestRunWaitsOnATerminal(t *testing.T) {
	b := bare(t)
	b.fake("sleep", `[ "$1" != 3 ] || kill -INT 0`) // ctrl-c during the wait
	c := b.command("run")
	term, err := uitest.Start(c, 160, 40)
	if err != nil {
		t.Fatal(err)
	}
	defer term.Close()
	if !term.Shows("ctrl-c within three seconds stops it", 20*time.Second) {
		t.Errorf("it shows:\n%s", term.Text())
	}
	if err := c.Wait(); err == nil {
		t.Error("ctrl-c stops nothing")
	}
	if !b.called("sleep 3") || b.called("apt-get") {
		t.Errorf("it was to wait, and to install nothing:\n%s", term.Text())
	}
}

func TestRunInstallsNothingWhereItIsDeclined(t *testing.T) {
	b := bare(t)
	out, err := b.command("run", "ENGINE=no").CombinedOutput()
	if err != nil || b.called("apt-get") || !strings.Contains(string(out), "berth runs") {
		t.Errorf("%v: %s", err, out)
	}
}

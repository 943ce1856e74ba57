package cli_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"berth/backend/engine/enginetest"
)

// programVar names the folder with the berth program, built once for all tests. Scripts run the program as users do.
const programVar = "BERTH_TEST_PROGRAM"

var program = os.Getenv(programVar)

// coverage is the folder to which every berth that a script starts writes its coverage of this package, if it is set:
// BERTH_COVER=/tmp/c go test ./ui/cli && go tool covdata percent -i=/tmp/c
var coverage = os.Getenv("BERTH_COVER")

// TestMain runs the tests in a child process, so that the built program is removed however they end.
func TestMain(m *testing.M) {
	if program != "" {
		enginetest.Main(m)
	}
	code, err := built()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// built builds berth, runs this test program again with it, and returns the exit code.
func built() (code int, err error) {
	dir, err := os.MkdirTemp("", "berth-cli-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	build := []string{"build", "-o", filepath.Join(dir, "berth"), "berth"}
	if coverage != "" {
		build = slices.Insert(build, 1, "-cover", "-coverpkg=berth,berth/ui/cli")
	}
	if out, err := exec.Command("go", build...).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building berth: %w\n%s", err, out)
	}
	sources, err := exec.Command("go", "list", "-deps", "-f", sourcesOf, "berth").Output()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, sourcesName), sources, 0o600)
	}
	if err != nil {
		return 0, fmt.Errorf("listing what berth is built from: %w", err)
	}
	again := exec.Command(os.Args[0], os.Args[1:]...)
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.Env = append(os.Environ(), programVar+"="+dir)
	var exit *exec.ExitError
	if err := again.Run(); err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	return again.ProcessState.ExitCode(), nil
}

// sourcesOf is a go list template that lists what berth is built from: the folders of packages, the source files of the
// root package (its folder contains other files too), and embedded files.
const (
	sourcesOf = `{{if and .Module .Module.Main}}{{if eq .Dir .Module.Dir}}{{range .GoFiles}}{{$.Dir}}/{{.}}
{{end}}{{.Module.GoMod}}
{{else}}{{.Dir}}
{{end}}{{range .EmbedFiles}}{{$.Dir}}/{{.}}
{{end}}{{end}}`
	sourcesName = "sources"
)

// shipped returns the path of the built berth. go test reuses a cached result while the files that the test opened are
// unchanged. It doesn't know the sources of a program that the test starts, so those are opened here as well.
func shipped(t *testing.T) string {
	t.Helper()
	if err := opened(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(program, "berth")
}

var opened = sync.OnceValue(func() error {
	sources, err := os.ReadFile(filepath.Join(program, sourcesName))
	for name := range strings.FieldsFuncSeq(string(sources), func(r rune) bool { return r == '\n' }) {
		f, failed := os.Open(name)
		if failed == nil {
			failed = f.Close()
		}
		err = errors.Join(err, failed)
	}
	return err
})

// A regression test: after a change to the program alone, go test reported the scripts' old result as (cached).
func TestWhatBerthIsBuiltFromIsAmongWhatTheTestsOpen(t *testing.T) {
	shipped(t)
	sources, err := os.ReadFile(filepath.Join(program, sourcesName))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"main.go", "go.mod", "backend/ledger", "backend/ledger/schema/1.sql", "assets/templates/starter.toml", "ui"} {
		if !strings.Contains(string(sources), "/"+want+"\n") {
			t.Errorf("%s is missing among\n%s", want, sources)
		}
	}
}

// Scripts of a demo need nothing of the machine. Each command has its own simulated engine; the ledger is kept.
func TestScriptsWithoutAnEngine(t *testing.T) {
	run(t, "testdata/demo", "BERTH_DEMO=1")
}

func TestScriptsOnARealEngine(t *testing.T) {
	run(t, "testdata/engine", "BERTH_SIMULATE=h100x8", "DOCKER_HOST="+enginetest.Docker(t).Host())
}

func run(t *testing.T, dir string, vars ...string) {
	testscript.Run(t, testscript.Params{
		Dir: dir, RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"rc": exitCode, "capture": capture, "until": until,
		},
		Condition: func(cond string) (bool, error) {
			if cond != "root" {
				return false, fmt.Errorf("no such condition: %s", cond)
			}
			return os.Geteuid() == 0, nil
		},
		Setup: func(e *testscript.Env) error {
			home := filepath.Join(e.WorkDir, "home")
			e.Vars = append(e.Vars, append(vars, "BERTH_HOME="+home, "HOME="+filepath.Join(e.WorkDir, "user"),
				"XDG_CONFIG_HOME="+filepath.Join(e.WorkDir, "config"), "TMPDIR="+e.WorkDir, "TERM=xterm", "LANG=C.UTF-8",
				"PATH="+filepath.Dir(shipped(t))+":"+os.Getenv("PATH"))...)
			if coverage != "" {
				e.Vars = append(e.Vars, "GOCOVERDIR="+coverage)
			}
			e.Defer(func() { clear(e, home) })
			return nil
		},
	})
}

// clear destroys the instances that a script left, and ends its keeper.
func clear(e *testscript.Env, home string) {
	berth := func(args ...string) string {
		c := exec.Command(filepath.Join(program, "berth"), args...)
		c.Env = e.Vars
		out, _ := c.Output()
		return string(out)
	}
	for line := range strings.Lines(berth("__complete", "show", "")) {
		if id, _, _ := strings.Cut(line, "\t"); strings.HasPrefix(id, "C.") {
			berth("destroy", "--yes", id)
		}
	}
	text, _ := os.ReadFile(filepath.Join(home, "keeper.lock"))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	for n := 0; pid > 0 && syscall.Kill(pid, 0) == nil && n < 200; n++ {
		_ = syscall.Kill(pid, syscall.SIGTERM) // it may have ended by itself
		time.Sleep(50 * time.Millisecond)
	}
}

// rc CODE COMMAND [ARG ...] runs a command that must end with this exit code.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: rc CODE COMMAND [ARG ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
	if all := ts.ReadFile("stderr"); strings.Contains(all, "goroutine ") {
		ts.Fatalf("a trace:\n%s", all)
	}
}

// capture NAME sets a variable to the output of the last command.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: capture NAME")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// until TEXT COMMAND [ARG ...] repeats a command until it prints the text.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until TEXT COMMAND [ARG ...]")
	}
	const patience = time.Minute
	for began := time.Now(); time.Since(began) < patience; time.Sleep(200 * time.Millisecond) {
		_ = ts.Exec(args[1], args[2:]...) // the command may fail at first
		if strings.Contains(ts.ReadFile("stdout"), args[0]) {
			return
		}
	}
	ts.Fatalf("never printed %q", args[0])
}

// Package nvmltest is a fake of the NVIDIA driver's library, for tests of programs that use NVML. Library builds it
// with the C compiler. A State is the machine that it shows, which a test may change while the program runs.
// testdata/fake_nvml.c says what a state can contain.
//
// A program uses the fake through Env, as a child process: the dynamic linker reads LD_LIBRARY_PATH only once, when a
// process starts. Only tests may import this package.
package nvmltest

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

//go:embed testdata/fake_nvml.c
var source []byte

// Library builds the fake and returns its folder. It lacks the entry points named in without, like an older driver's
// library.
func Library(t testing.TB, without ...string) string {
	t.Helper()
	dir := t.TempDir()
	c, exports := filepath.Join(dir, "fake_nvml.c"), filepath.Join(dir, "exports")
	write(t, c, source)
	hidden := ""
	if len(without) > 0 {
		hidden = "local: " + strings.Join(without, "; ") + ";"
	}
	write(t, exports, fmt.Appendf(nil, "{ global: *; %s };\n", hidden))
	gcc := exec.CommandContext(t.Context(), "gcc", "-shared", "-fPIC", "-O1", "-w", "-Wl,-soname,libnvidia-ml.so.1",
		"-Wl,--version-script="+exports, "-I"+headers(t), "-o", filepath.Join(dir, "libnvidia-ml.so.1"), c)
	if out, err := gcc.CombinedOutput(); err != nil {
		t.Fatalf("building the stand-in library: %v\n%s", err, out)
	}
	return dir
}

// headers returns the folder of nvml.h, which is part of go-nvml.
func headers(t testing.TB) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/NVIDIA/go-nvml").Output()
	if err != nil {
		t.Fatalf("looking for nvml.h: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "pkg", "nvml")
}

const stateVariable = "FAKE_NVML_STATE" // the library reads its machine from the file that it names

// A State is the machine that the fake shows.
type State struct {
	t    testing.TB
	path string
}

// NewState returns a machine described by lines of the state file.
func NewState(t testing.TB, lines ...string) State {
	t.Helper()
	s := State{t: t, path: filepath.Join(t.TempDir(), "nvml.state")}
	s.Set(lines...)
	return s
}

// Current returns the machine of the fake that this process itself uses, and whether it uses one.
func Current(t testing.TB) (s State, is bool) {
	path, is := os.LookupEnv(stateVariable)
	return State{t: t, path: path}, is
}

// Set replaces the machine atomically: the library never reads half a state.
func (s State) Set(lines ...string) {
	s.t.Helper()
	next := s.path + ".next"
	write(s.t, next, []byte(strings.Join(lines, "\n")+"\n"))
	if err := os.Rename(next, s.path); err != nil {
		s.t.Fatal(err)
	}
}

// Env returns the environment with which a process uses the fake instead of a driver.
func (s State) Env(library string) []string {
	return []string{"LD_LIBRARY_PATH=" + library, stateVariable + "=" + s.path}
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

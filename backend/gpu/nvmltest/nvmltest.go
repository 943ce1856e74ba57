// Package nvmltest is a stand-in for the NVIDIA driver's library, for tests of programs that speak NVML:
// Library builds it with the C compiler, and a State is the machine it shows, which a test may change while
// the program runs. testdata/fake_nvml.c says what a state can hold.
//
// A program meets it through Env, as a child process: the dynamic linker reads LD_LIBRARY_PATH once, at the
// start of a process. Nothing but tests may import this package.
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

// Library builds the stand-in and returns its folder. It lacks the entry points named in without, as an
// older driver's library would.
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

// headers is the folder of nvml.h, which go-nvml brings along.
func headers(t testing.TB) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/NVIDIA/go-nvml").Output()
	if err != nil {
		t.Fatalf("looking for nvml.h: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "pkg", "nvml")
}

// A State is the machine that the stand-in shows.
type State struct {
	t    testing.TB
	path string
}

// NewState is a machine of these facts, each a line of the state file.
func NewState(t testing.TB, lines ...string) State {
	t.Helper()
	s := State{t: t, path: filepath.Join(t.TempDir(), "nvml.state")}
	s.Set(lines...)
	return s
}

// Set replaces the machine, all at once: the library never reads half a state.
func (s State) Set(lines ...string) {
	s.t.Helper()
	next := s.path + ".next"
	write(s.t, next, []byte(strings.Join(lines, "\n")+"\n"))
	if err := os.Rename(next, s.path); err != nil {
		s.t.Fatal(err)
	}
}

// Env is what a process needs in its environment to meet the stand-in instead of a driver.
func (s State) Env(library string) []string {
	return []string{"LD_LIBRARY_PATH=" + library, "FAKE_NVML_STATE=" + s.path}
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

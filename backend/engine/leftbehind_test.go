package engine

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestOnlyAContainersOwnShimIsFound(t *testing.T) {
	one, other := strings.Repeat("1a", 32), strings.Repeat("2b", 32)
	proc := t.TempDir()
	for pid, args := range map[int][]string{
		10: {"/usr/bin/containerd-shim-runc-v2", "-namespace", "moby", "-id", one, "-address", "/run/containerd/containerd.sock"},
		11: {"/usr/bin/containerd-shim-runc-v2", "-namespace", "moby", "-id", other, "-address", "/run/containerd/containerd.sock"},
		12: {"vim", "-id", one},
		13: {"grep", "containerd-shim-runc-v2", "-id", one},
		14: {"/usr/bin/containerd-shim-runc-v2", "-namespace", one, "-id"},
		15: {},
		16: {"/usr/bin/containerd-shim-runc-v2", "-namespace", "moby", "-id", one, "-bundle", "/run/bundle", "delete"}, // clears up after 10
	} {
		dir := filepath.Join(proc, strconv.Itoa(pid))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "cmdline"), []byte(strings.Join(args, "\x00")+"\x00"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := shimsOf(proc, one); err != nil || !slices.Equal(got, []int{10}) {
		t.Errorf("found %v (%v)", got, err)
	}
	for _, id := range []string{"", "1a1a", one[:63]} { // what isn't a whole id could be many's
		if got, err := shimsOf(proc, id); err == nil {
			t.Errorf("of %q it found %v", id, got)
		}
	}
	if err := (containers{}).EndLeftBehind(strings.Repeat("0f", 32)); !errors.Is(err, ErrNoShim) {
		t.Errorf("of nobody it says %v", err)
	}
}

func TestATaskThatIsLeftIsToldByItsMessage(t *testing.T) {
	for words, want := range map[string]error{
		"task " + strings.Repeat("1a", 32) + ": already exists":                                               ErrLeftBehind,
		"failed to create task for container: task " + strings.Repeat("1a", 32) + ": already exists: unknown": ErrLeftBehind,
		"id already in use": ErrLeftBehind,
		"the container name \"/C.7\" is already in use by container 1a": nil,
		"a task force already exists":                                   nil,
		"network with name task x: already exists":                      nil,
	} {
		if got := kindOf(words, errors.New(words)); !errors.Is(got, want) || (got == nil) != (want == nil) {
			t.Errorf("%q is %v", words, got)
		}
	}
}

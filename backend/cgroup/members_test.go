package cgroup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where /proc hides others' processes, the groups' lists of members still tell which container a process is in.
func TestTheListsOfMembersTellAProcesssContainer(t *testing.T) {
	one, other := strings.Repeat("1a", 32), strings.Repeat("2b", 32)
	groups := map[string]string{
		"cgroup.procs":                              "1\n2\n",
		"system.slice/cgroup.procs":                 "3\n",
		"docker/" + one + "/cgroup.procs":           "10\n11\n",
		"docker/" + other + "/cgroup.procs":         "",
		"docker/" + other + "/inner/cgroup.procs":   "20\n21\n",
		"berth.slice/docker-" + one + ".scope/none": "12\n",
	}
	for _, version := range []string{"", "memory"} {
		mount := t.TempDir()
		for path, members := range groups {
			path = filepath.Join(mount, version, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(members), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for pid, want := range map[int]string{10: one, 11: one, 20: other, 21: other, 1: "", 3: "", 12: "", 2000: ""} {
			if got := containerOf(hierarchy(mount), pid); got != want {
				t.Errorf("version %q: process %d is in %q, want %q", version, pid, got, want)
			}
		}
	}
}

package cgroup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/model"
)

// Where /proc hides others' processes, what their containers take was unknown, although the groups are everybody's to read.
func TestAContainersGroupIsFoundWithoutItsProcess(t *testing.T) {
	id := strings.Repeat("1a", 32)
	for name, files := range map[string]map[string]string{
		"version 1": {"cpuacct/docker/" + id + "/cpuacct.usage": "5000000\n", "memory/docker/" + id + "/memory.usage_in_bytes": "300\n", "memory/docker/" + id + "/memory.stat": "total_inactive_file 100\n"},
		"version 2": {"docker/" + id + "/cpu.stat": "usage_usec 5000\n", "docker/" + id + "/memory.current": "300\n", "docker/" + id + "/memory.stat": "inactive_file 100\n"},
		"a slice": {
			"berth.slice/docker-" + id + ".scope/cpu.stat": "usage_usec 5000\n", "berth.slice/docker-" + id + ".scope/memory.current": "300\n",
			"berth.slice/docker-" + id + ".scope/memory.stat": "inactive_file 100\n",
		},
	} {
		mount := t.TempDir()
		for path, text := range files {
			path = filepath.Join(mount, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		g, err := ofContainer(mount, id)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if cpu, err := g.CPU(); err != nil || cpu != 5*time.Millisecond {
			t.Errorf("%s: CPU %v, %v", name, cpu, err)
		}
		if used, err := g.Memory(); err != nil || used != model.Bytes(200) {
			t.Errorf("%s: memory %v, %v", name, used, err)
		}
		if _, _, err := g.Network(); err == nil {
			t.Errorf("%s: traffic of nobody's", name)
		}
	}
	if _, err := ofContainer(t.TempDir(), id); err == nil {
		t.Error("a group that isn't there was found")
	}
}

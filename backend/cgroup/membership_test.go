package cgroup

import (
	"strings"
	"testing"
)

const (
	idA = "4f1c0de4f1c0de4f1c0de4f1c0de4f1c0de4f1c0de4f1c0de4f1c0de4f1c0de4"
	idB = "beefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeefbeef"
)

func TestThePathOfAContainerIsWhereItsLimitsAre(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"version 2 has one line", "0::/system.slice/docker-ab.scope\n", "/system.slice/docker-ab.scope"},
		{"version 1 is where memory is", "12:pids:/docker/ab\n4:memory:/docker/ab/mem\n1:name=systemd:/x\n", "/docker/ab/mem"},
		{"in a hybrid the controllers are in version 1", "0::/other\n4:cpu,memory:/docker/ab\n", "/docker/ab"},
		{"memory_pressure isn't memory", "0::/v2\n4:memory_pressure:/no\n", "/v2"},
		{"a path may have colons", "0::/a:b\n", "/a:b"},
		{"nothing is nothing", "", ""},
		{"nonsense is nothing", "what\n:\n", ""},
	} {
		if got := parse(c.text).path(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAContainerIsFoundInEveryFormOfACgroupFile(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"cgroup v1", "12:pids:/docker/" + idA + "\n11:cpu:/docker/" + idA + "\n", idA},
		{"cgroup v1 with systemd", "1:name=systemd:/system.slice/docker-" + idA + ".scope\n", idA},
		{"cgroup v2", "0::/system.slice/docker-" + idA + ".scope\n", idA},
		{"cgroup v2 without systemd", "0::/docker/" + idA, idA},
		{"a slice of our own", "0::/berth.slice/docker-" + idA + ".scope/inner\n", idA},
		{"kubernetes", "0::/kubepods/burstable/pod1b2c3d4e-aaaa-bbbb-cccc-0123456789ab/" + idA + "\n", idA},
		{"a container in a container is the outer engine's", "0::/docker/" + idA + "/docker/" + idB + "\n", idA},
		{"podman", "0::/machine.slice/libpod-" + idA + ".scope\n", idA},
		{"a process of the host", "0::/user.slice/user-1000.slice/session-3.scope\n", ""},
		{"a longer number is no id", "0::/docker/" + idA + "ff\n", ""},
		{"a shorter one neither", "0::/docker/" + idA[1:] + "\n", ""},
		{"capital letters aren't the engine's", "0::/docker/" + strings.ToUpper(idA) + "\n", ""},
		{"nothing", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := ContainerIn(c.text); got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

// FuzzContainerIn checks that the id from any cgroup file is either empty or 64 digits from the file.
func FuzzContainerIn(f *testing.F) {
	f.Add("0::/docker/" + idA)
	f.Add(idA + idB)
	f.Add("\n:\x00")
	f.Fuzz(func(t *testing.T, text string) {
		id := ContainerIn(text)
		if id == "" {
			return
		}
		if len(id) != 64 || strings.Trim(id, "0123456789abcdef") != "" || !strings.Contains(text, id) {
			t.Errorf("%q from %q", id, text)
		}
	})
}

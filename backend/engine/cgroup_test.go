package engine

import "testing"

func TestCgroupPath(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"version 2 has one line", "0::/system.slice/docker-ab.scope\n", "/system.slice/docker-ab.scope"},
		{"version 1 is where memory is", "12:pids:/docker/ab\n4:memory:/docker/ab/mem\n1:name=systemd:/x\n", "/docker/ab/mem"},
		{"in a hybrid the controllers are in version 1", "0::/other\n4:cpu,memory:/docker/ab\n", "/docker/ab"},
		{"memory_pressure isn't memory", "0::/v2\n4:memory_pressure:/no\n", "/v2"},
		{"a path may have colons", "0::/a:b\n", "/a:b"},
		{"nothing is nothing", "", ""},
		{"nonsense is nothing", "what\n:\n", ""},
	} {
		if got := cgroupPath(c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

package engine

import (
	"fmt"
	"os"
	"strings"
)

// cgroupOf is the cgroup of a container's first process, as a path below the controllers' mount; empty where
// it can't be told.
//
// The path must name the container: the pid is the engine's, and where we see another pid namespace (a
// container that was lent the engine's socket) it belongs to somebody else.
func cgroupOf(pid int, id string) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return "" // the process ended just now, or /proc is another machine's
	}
	path := cgroupPath(string(text))
	if !strings.Contains(path, id) {
		return ""
	}
	return path
}

// cgroupPath reads /proc/PID/cgroup: the memory controller's line of version 1, else the one line of version 2.
// In hybrid set-ups both exist, and the controllers live in version 1.
func cgroupPath(text string) string {
	unified := ""
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		switch {
		case parts[0] == "0" && parts[1] == "":
			unified = parts[2]
		case strings.Contains(","+parts[1]+",", ",memory,"):
			return parts[2]
		}
	}
	return unified
}

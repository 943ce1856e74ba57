package cgroup

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// A membership is what /proc/PID/cgroup says: the process's path in the hierarchies that matter to us, below the
// mount of each. A path is empty where there is no such hierarchy.
type membership struct {
	cpu, memory string // version 1: the controllers cpuacct and memory
	unified     string // version 2
}

func read(pid int) (membership, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return membership{}, err
	}
	return parse(string(text)), nil
}

// parse reads lines of hierarchy:controllers:path. Version 2 is hierarchy 0 and names no controllers.
func parse(text string) membership {
	var at membership
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		if parts[0] == "0" && parts[1] == "" {
			at.unified = parts[2]
		}
		for controller := range strings.SplitSeq(parts[1], ",") {
			switch controller {
			case "cpuacct":
				at.cpu = parts[2]
			case "memory":
				at.memory = parts[2]
			}
		}
	}
	return at
}

// path is where a container's limits are. In hybrid set-ups both versions exist, and the controllers live in
// version 1.
func (m membership) path() string {
	if m.memory != "" {
		return m.memory
	}
	return m.unified
}

// PathOf is the cgroup of a container's first process, as a path below the controllers' mount; empty where it
// can't be told.
//
// The path must name the container: the pid is the engine's, and where we see another pid namespace (a
// container that was lent the engine's socket) it belongs to somebody else.
func PathOf(pid int, container string) string {
	at, err := read(pid)
	if err != nil || !strings.Contains(at.path(), container) {
		return "" // the process ended just now, or /proc is another machine's
	}
	return at.path()
}

// containerName is a container's id as the engine writes it into the name of a cgroup.
var containerName = regexp.MustCompile(`(?:^|[^0-9a-f])([0-9a-f]{64})(?:[^0-9a-f]|$)`)

// ContainerIn finds the id of a container in the text of /proc/PID/cgroup: docker/ID, docker-ID.scope and further
// forms, in any hierarchy. The outermost counts: a container inside a container is the outer engine's.
func ContainerIn(text string) string {
	for line := range strings.Lines(text) {
		if m := containerName.FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}

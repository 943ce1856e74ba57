package cgroup

import (
	"fmt"
	"strings"

	"berth/model"
)

// A membership is what /proc/PID/cgroup says: the process's path below the mount of each hierarchy that matters here. A
// path is empty if there is no such hierarchy.
type membership struct {
	cpu, memory string // v1: the controllers cpuacct and memory
	unified     string // v2
}

func read(pid int) (membership, error) {
	var room [mostFile]byte
	text, err := Group{}.read(unkept, fmt.Sprintf("/proc/%d/cgroup", pid), room[:])
	if err != nil {
		return membership{}, err
	}
	return parse(string(text)), nil
}

// parse reads lines of the form hierarchy:controllers:path. cgroup v2 is hierarchy 0 and names no controllers.
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

// path returns the path with a container's limits. In a hybrid setup both versions exist, and v1 has the controllers.
func (m membership) path() string {
	if m.memory != "" {
		return m.memory
	}
	return m.unified
}

// PathOf returns the cgroup of a container's first process, as a path below the controllers' mount; empty if it can't
// be told.
//
// The path must contain the container's id. The pid is the engine's: in another pid namespace, such as in a container
// with the engine's socket, it is another process.
func PathOf(pid int, container string) string {
	at, err := read(pid)
	if err != nil || !strings.Contains(at.path(), container) {
		return "" // the process has just ended, or this isn't the engine's /proc
	}
	return at.path()
}

// containerName matches a container's id as the engine writes it into a cgroup's name.
var containerName = model.Pattern(`(?:^|[^0-9a-f])([0-9a-f]{64})(?:[^0-9a-f]|$)`)

// ContainerIn finds a container's id in the text of /proc/PID/cgroup: docker/ID, docker-ID.scope and other forms, in
// any hierarchy. The outermost id counts: a container inside a container belongs to the outer engine's container.
func ContainerIn(text string) string {
	for line := range strings.Lines(text) {
		if m := containerName().FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}

package cgroup

import "fmt"

// OfContainer finds the cgroup of a container where /proc hides its processes from this user (hidepid). The groups are
// everybody's to read, and dockerd names them after the container: below docker, or in a slice of systemd's. Network is
// unknown of such a group.
func OfContainer(container string) (Group, error) { return ofContainer(mount, container) }

func ofContainer(mount, container string) (Group, error) {
	for _, below := range []string{"/docker/" + container, "/system.slice/docker-" + container + ".scope", "/berth.slice/docker-" + container + ".scope"} {
		if v1 := mount + "/memory" + below; isDir(v1) {
			return Group{cpu: mount + "/cpuacct" + below, memory: v1}, nil
		}
		if v2 := mount + below; isDir(v2) {
			return Group{cpu: v2, memory: v2, v2: true}, nil
		}
	}
	return Group{}, fmt.Errorf("container %s: no control group of its name", container)
}

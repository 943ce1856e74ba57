package cgroup

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ContainerOf finds the container of a process in the kernel's lists of each group's members; empty if it is in none,
// or unknown. It answers also where /proc hides the process from this user (hidepid): these lists are everybody's to
// read. It looks through all groups, which takes some milliseconds, so it is for few questions.
func ContainerOf(pid int) string { return containerOf(hierarchy(mount), pid) }

// hierarchy returns the folder with all groups: version 2's own, or that of a controller which every container has.
func hierarchy(mount string) string {
	if v1 := filepath.Join(mount, "memory"); isDir(v1) {
		return v1
	}
	return mount
}

func isDir(path string) bool {
	at, err := os.Stat(path)
	return err == nil && at.IsDir()
}

func containerOf(root string, pid int) string {
	found, member := "", strconv.Itoa(pid)
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error { // errors are groups that ended meanwhile
		if err != nil || !entry.IsDir() {
			return nil //nolint:nilerr // see above
		}
		container := ContainerIn(strings.TrimPrefix(path, root))
		if container == "" {
			return nil
		}
		members, err := os.ReadFile(filepath.Join(path, "cgroup.procs"))
		if err != nil || !slices.Contains(strings.Fields(string(members)), member) {
			return nil //nolint:nilerr // see above
		}
		found = container
		return fs.SkipAll
	})
	return found
}

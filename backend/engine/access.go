package engine

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"berth/model"
)

// access adds to a subject who may use the engine's socket: the user, the socket's group, and whether the user is in
// it. Of an engine that isn't reached by a socket nothing is known but the user.
func (h host) access(about model.Subject) model.Subject {
	about.Group = "docker" // dockerd's own choice
	who, err := user.Current()
	if err == nil {
		about.User = who.Username
	}
	path, isSocket := strings.CutPrefix(h.url, "unix://")
	if !isSocket {
		return about
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrPermission) {
		about.Private = true
		return about
	}
	if err != nil {
		return about // there is no socket: nobody is kept out by it
	}
	gid, mayAny := groupOf(info)
	if !mayAny {
		about.Group = ""
		return about
	}
	about.Group = groupName(gid)
	about.Joined = who != nil && isMember(who, gid)
	return about
}

// groupOf returns the group of a socket, and false if the group isn't allowed to use it. root's own group counts as
// none: nobody is added to that.
func groupOf(info fs.FileInfo) (gid int, mayUse bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	const toWrite = 0o020 // connecting to a socket is writing
	if !ok || s.Gid == 0 || info.Mode().Perm()&toWrite == 0 {
		return 0, false
	}
	return int(s.Gid), true
}

// groupName returns a group's name, or its number if the name is unknown.
func groupName(gid int) string {
	number := strconv.Itoa(gid)
	if g, err := user.LookupGroupId(number); err == nil {
		return g.Name
	}
	return number
}

// isMember reports whether the machine's list of groups has the user in a group that this process lacks. A process
// keeps the groups of its login.
func isMember(who *user.User, gid int) bool {
	now, err := os.Getgroups()
	if err != nil || slices.Contains(now, gid) {
		return false
	}
	listed, err := who.GroupIds()
	return err == nil && slices.Contains(listed, strconv.Itoa(gid))
}

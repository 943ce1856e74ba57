package cgroup

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// A file is one of those that a group's readings come from.
type file int

const (
	usage file = iota
	resident
	cached
	traffic
	files
	unkept // one that is read once in a while
)

// openFiles are a group's files that stay open, a descriptor each; 0 is one that hasn't been opened yet. To read an
// open file again costs a quarter of what it costs to open, read and close it.
type openFiles [files]int

// KeepOpen is the group with its files open from their first reading on, for whoever reads it each second. Close lets
// go of them. An open file holds the network namespace of the group's process, so it is to be closed soon after that
// ended.
func (g Group) KeepOpen() Group {
	if g.kept == nil {
		g.kept = new(openFiles)
	}
	return g
}

// Close is the group with no file open. All copies of the group share its files, and no copy knows a number that was
// closed: by then it may be the number of somebody else's file.
func (g Group) Close() Group {
	if g.kept != nil {
		for n, fd := range g.kept {
			if fd > 0 {
				g.kept[n] = 0
				_ = unix.Close(fd) // nothing was written
			}
		}
	}
	g.kept = nil
	return g
}

// How long the files mostly are: a list of counters is some thousand bytes.
const (
	mostFile   = 8 << 10
	mostNumber = 64
)

// read reads a file of the kernel's, into the room that it is given while that lasts. The kernel has it at hand, so
// nothing waits: a file of the os package would be told to the runtime's poller, which these files let it do, and which
// costs more than to read them.
func (g Group) read(f file, path string, room []byte) ([]byte, error) {
	fd := 0
	if g.kept != nil && f < files {
		fd = g.kept[f]
	}
	if fd == 0 {
		opened, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: path, Err: err}
		}
		if fd = opened; g.kept != nil && f < files {
			g.kept[f] = fd
		} else {
			defer unix.Close(fd) //nolint:errcheck // nothing was written
		}
	}
	for n := 0; ; {
		if n == len(room) {
			room = append(room, make([]byte, n)...)
		}
		more, err := unix.Pread(fd, room[n:], int64(n))
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return nil, &fs.PathError{Op: "read", Path: path, Err: err}
		case more == 0:
			return room[:n], nil
		default:
			n += more
		}
	}
}

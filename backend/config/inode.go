package config

import (
	"io/fs"
	"syscall"
)

// inode returns the device and inode of a file, which differ after the file was replaced.
func inode(info fs.FileInfo) any {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return [2]uint64{s.Dev, s.Ino}
	}
	return nil
}

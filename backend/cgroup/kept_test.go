package cgroup

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A group that was closed knew the numbers of its files still. A copy of it closed them again, when they were those of
// the ledger: its locks fell, other processes cut its log, and all that it read was "disk I/O error".
func TestAGroupClosesNobodyElsesFile(t *testing.T) {
	group, err := Of(os.Getpid())
	if err != nil {
		t.Skip("this process's cgroup can't be read here")
	}
	group = group.KeepOpen()
	copied := group
	if _, err := group.CPU(); err != nil {
		t.Skip("the cgroup has no figures here")
	}
	group.Close()
	path := filepath.Join(t.TempDir(), "ledger")
	var mine []int
	for range 8 { // they get the numbers that were closed
		fd, err := unix.Open(path, unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		mine = append(mine, fd)
	}
	if _, err := copied.CPU(); err != nil {
		t.Errorf("a copy reads somebody else's file: %v", err)
	}
	copied.Close()
	group.Close()
	for _, fd := range mine {
		if err := unix.Close(fd); err != nil {
			t.Errorf("file %d was closed by the group: %v", fd, err)
		}
	}
}

package keeper

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOneKeeperAtATimeAndEverybodyKnowsWho(t *testing.T) {
	home := t.TempDir()
	if pid := PID(home); pid != 0 {
		t.Errorf("nobody keeps, and %d is named", pid)
	}
	first, err := tryLock(home)
	check(t, err)
	if second, err := tryLock(home); err != nil || second != nil {
		t.Fatalf("a second keeper: %v, %v", second, err)
	}
	if pid := PID(home); pid != os.Getpid() {
		t.Errorf("%d keeps, and %d is named", os.Getpid(), pid)
	}
	check(t, first.release())
	if pid := PID(home); pid != 0 {
		t.Errorf("released, and %d is named", pid)
	}
	next, err := tryLock(home)
	check(t, err)
	if next == nil {
		t.Fatal("released, and nobody can keep")
	}
	check(t, next.release())
}

// The umask of one user made the lock of a shared folder accessible to that user only. Afterwards nobody else could
// become the keeper.
func TestAnyoneOfTheGroupCanBeTheNextKeeper(t *testing.T) {
	defer unix.Umask(unix.Umask(0o077))
	home := t.TempDir()
	lock, err := tryLock(home)
	check(t, err)
	defer func() { check(t, lock.release()) }()
	info, err := os.Stat(filepath.Join(home, lockFile))
	check(t, err)
	if info.Mode().Perm() != lockMode {
		t.Errorf("the lock's mode is %v, want %v", info.Mode(), os.FileMode(lockMode))
	}
}

package keeper

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A keeperLock is this process's hold on being the machine's keeper. The kernel decides: the lock is on an
// open file, so it falls when its holder dies, however it dies.
type keeperLock struct{ file *os.File }

const (
	lockFile    = "keeper.lock"
	serviceFile = "service.lock" // what the service holds, whoever is the keeper
	lockMode    = 0o660
)

// tryLock takes the lock, or returns nil where another process has it.
func tryLock(home string) (*keeperLock, error) { return tryLockFile(home, lockFile) }

func tryLockFile(home, name string) (*keeperLock, error) {
	f, err := os.OpenFile(filepath.Join(home, name), os.O_RDWR|os.O_CREATE, lockMode)
	if err != nil {
		return nil, fmt.Errorf("keeper: %w", err)
	}
	// A umask mustn't keep others of a shared folder's group from being the next keeper. Of a file that is
	// somebody else's its maker has seen to it.
	_ = f.Chmod(lockMode)
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, f.Close()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("keeper: locking %s: %w", f.Name(), err), f.Close())
	}
	// Who holds it is written inside for people and screens; the lock itself is the kernel's.
	if err := errors.Join(f.Truncate(0), write(f, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		return nil, errors.Join(fmt.Errorf("keeper: %w", err), f.Close())
	}
	return &keeperLock{f}, nil
}

func write(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// release lets the next process be the keeper.
func (l *keeperLock) release() error { return l.file.Close() }

// PID is the process that holds the lock, or 0 where nobody does.
func PID(home string) int { return holderOf(home, lockFile) }

func holderOf(home, name string) int {
	f, err := os.Open(filepath.Join(home, name))
	if err != nil {
		return 0
	}
	defer f.Close() //nolint:errcheck // opened to look, nothing was written
	if unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) == nil {
		return 0 // nobody has it; closing the file gives it back
	}
	var text [32]byte
	n, _ := f.Read(text[:])
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	if err != nil {
		return 0
	}
	return pid
}

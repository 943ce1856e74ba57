package keeper

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"berth/model"
)

// A keeperLock is this process's hold on being the machine's keeper. It is a kernel lock (flock) on an open file, so
// the kernel releases it when the process dies, however it dies.
type keeperLock struct{ file *os.File }

const (
	lockFile    = "keeper.lock"
	serviceFile = "service.lock" // held by the service, whoever is the keeper
	lockMode    = 0o660
)

// tryLock takes the lock, or returns nil if another process has it.
func tryLock(home string) (*keeperLock, error) { return tryLockFile(home, lockFile) }

func tryLockFile(home, name string) (_ *keeperLock, err error) {
	defer func() { err = model.Explained(model.AreaLedger, err, model.Subject{Folder: home}) }()
	f, err := os.OpenFile(filepath.Join(home, name), os.O_RDWR|os.O_CREATE, lockMode)
	if err != nil {
		return nil, fmt.Errorf("keeper: %w", err)
	}
	// Undo the effect of the umask, so that others in a shared folder's group can be the next keeper. It fails for a
	// file of another user, who has done the same.
	_ = f.Chmod(lockMode)
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, f.Close()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("keeper: locking %s: %w", f.Name(), err), f.Close())
	}
	// The pid is in the file for people and screens; it is the kernel's lock that counts.
	if err := errors.Join(f.Truncate(0), write(f, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		return nil, errors.Join(fmt.Errorf("keeper: %w", err), f.Close())
	}
	return &keeperLock{f}, nil
}

func write(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// release lets another process be the keeper.
func (l *keeperLock) release() error { return l.file.Close() }

// PID returns the process that holds the lock, or 0 if nobody does.
func PID(home string) int { return holderOf(home, lockFile) }

func holderOf(home, name string) int {
	f, err := os.Open(filepath.Join(home, name))
	if err != nil {
		return 0
	}
	defer f.Close() //nolint:errcheck // opened for reading
	if unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) == nil {
		return 0 // nobody has the lock; closing the file releases ours
	}
	var text [32]byte
	n, _ := f.Read(text[:])
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	if err != nil {
		return 0
	}
	return pid
}

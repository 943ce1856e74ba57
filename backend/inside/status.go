package inside

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"berth/backend/engine"
	"berth/backend/guest/files"
	"berth/model"
)

// mostStatus is the most bytes read of a launcher's status. A real one is never that long.
const mostStatus = 256 << 10

// Glance reads the launcher's status by a process ID of its container, without asking the engine. It returns an empty
// status if that isn't possible. It is cheap enough to be called every second.
func Glance(pid int) model.GuestStatus {
	text, err := readInside(pid, files.Status)
	if err != nil {
		return model.GuestStatus{}
	}
	s, err := files.ParseStatus(text)
	if err != nil {
		return model.GuestStatus{}
	}
	return s
}

// launcherStatus returns the status of a running instance's launcher. The instance's root can write anything there.
func (a *Access) launcherStatus(ctx context.Context, c *engine.Container) (model.GuestStatus, error) {
	text, err := readInside(c.PID, files.Status)
	if errors.Is(err, os.ErrPermission) {
		text, err = a.ReadFile(ctx, c.ID, files.Status)
	}
	if err != nil {
		return model.GuestStatus{}, err
	}
	return files.ParseStatus(text)
}

// readInside reads a small file of a process's file system without the engine. The path is resolved in the process's
// root, which no link can leave. Only a regular file is read. The error is os.ErrPermission if this user may not look
// into the process.
func readInside(pid int, path string) ([]byte, error) {
	root, err := unix.Open(fmt.Sprintf("/proc/%d/root", pid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if errors.Is(err, os.ErrNotExist) { // it has ended, or /proc hides it from this user (hidepid)
		return nil, fmt.Errorf("%w: %w", os.ErrPermission, err)
	}
	if err != nil {
		return nil, err
	}
	defer unix.Close(root) //nolint:errcheck // nothing was written
	f, err := openOrdinary(root, strings.TrimPrefix(path, "/"), unix.RESOLVE_IN_ROOT|unix.RESOLVE_NO_MAGICLINKS)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	return io.ReadAll(io.LimitReader(f, mostStatus))
}

// ReadFile reads a small file of a container through the engine, for users who may not read other processes' files.
func (a *Access) ReadFile(ctx context.Context, id, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fileTimeout)
	defer cancel()
	archive, err := a.Engine.CopyFrom(ctx, id, path)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = archive.Close() })()
	f, err := unpackOne(archive)
	if err != nil {
		return nil, withCause(ctx, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, mostStatus))
	return text, withCause(ctx, errors.Join(err, f.Close()))
}

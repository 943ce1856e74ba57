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

// mostStatus is more than a launcher's status is ever long; what is longer isn't one.
const mostStatus = 256 << 10

// Glance is what the launcher of a process's container says, where that can be read without asking the engine;
// else nothing. It is cheap enough for each tick.
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

// launcherStatus is what the launcher of a running instance says of itself. It is the instance's own word:
// whoever is root in there can write what they like.
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

// readInside reads a small file of a process's file system without the engine. The path is resolved as the
// process would: a link it leads through can't lead out of its root, and what isn't an ordinary file isn't
// read.
func readInside(pid int, path string) ([]byte, error) {
	root, err := unix.Open(fmt.Sprintf("/proc/%d/root", pid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
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

// ReadFile reads a small file of a container through the engine, for a user who may not look at processes.
func (a *Access) ReadFile(ctx context.Context, id, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fileWait)
	defer cancel()
	archive, err := a.Engine.CopyFrom(ctx, id, path)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = archive.Close() })()
	f, err := unpackOne(archive)
	if err != nil {
		return nil, overdue(ctx, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, mostStatus))
	return text, overdue(ctx, errors.Join(err, f.Close()))
}

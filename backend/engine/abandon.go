package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"berth/backend/cgroup"
)

// errStaysBehind says that a command can't be ended from here, as the engine itself can't.
var errStaysBehind = errors.New("the command runs on: only root of the engine's own machine can end it")

// A Killer is a Remote that can end its command.
type Killer interface {
	Kill(ctx context.Context) error
}

// Abandon closes a command that was given up on, and ends it where that can be done. One that prints without end would
// go on for as long as its container runs, and the engine with it, reading what nobody wants: that is the engine's own
// work, and no share of the container's bounds it.
func (e *Exec) Abandon() error {
	const patience = 5 * time.Second // its caller's time may be up
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var err error
	if k, can := e.remote.(Killer); can {
		err = k.Kill(ctx)
	}
	return errors.Join(err, e.Close())
}

// Kill ends the command's process. What it has started itself runs on.
func (x *dockerExec) Kill(ctx context.Context) error {
	known, err := x.link.known(ctx)
	if err != nil || !known.Local {
		return errors.Join(err, errStaysBehind)
	}
	seen, err := x.link.api().ContainerExecInspect(ctx, x.id)
	if err != nil || !seen.Running || seen.Pid <= 0 {
		return explain(ctx, err)
	}
	process, err := unix.PidfdOpen(seen.Pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("exec: %w", err)
	}
	defer unix.Close(process) //nolint:errcheck // nothing was written
	// Its number may be another's by now, or mean another here: the descriptor is of one that is in the container.
	if cgroup.PathOf(seen.Pid, seen.ContainerID) == "" {
		return errStaysBehind
	}
	if err := unix.PidfdSendSignal(process, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return errors.Join(errStaysBehind, err)
	}
	return nil
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"berth/backend/cgroup"
)

// errStaysBehind says that a command can't be ended from this process, and the engine can't end it either.
var errStaysBehind = errors.New("the command runs on: only root of the engine's own machine can end it")

// A Killer is a Remote that can end its command.
type Killer interface {
	Kill(ctx context.Context) error
}

// Abandon closes a command whose caller gave up on it, and ends the command if that is possible. A command that prints
// forever would otherwise run as long as its container. The engine would keep reading its output, and that work isn't
// limited by the container's share.
func (e *Exec) Abandon() error {
	const patience = 5 * time.Second // the caller's context may have expired
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var err error
	if k, can := e.remote.(Killer); can {
		err = k.Kill(ctx)
	}
	return errors.Join(err, e.Close())
}

// Kill ends the command's process. Processes that the command has started go on.
func (x *dockerExec) Kill(ctx context.Context) error {
	known, err := x.link.cachedFacts(ctx)
	if err != nil || !known.Local {
		return errors.Join(err, errStaysBehind)
	}
	seen, err := x.link.api().ContainerExecInspect(ctx, x.id)
	for err == nil && seen.Running && seen.Pid <= 0 { // output comes a moment before the engine knows the process
		select {
		case <-ctx.Done():
			return errStaysBehind
		case <-time.After(10 * time.Millisecond):
		}
		seen, err = x.link.api().ContainerExecInspect(ctx, x.id)
	}
	if err != nil || !seen.Running {
		return x.link.explain(ctx, err)
	}
	process, err := unix.PidfdOpen(seen.Pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("exec: %w", err)
	}
	defer unix.Close(process) //nolint:errcheck // nothing was written
	// By now the pid may belong to another process, or on an engine with other namespaces mean another process here. So
	// check that the descriptor's process is in the container.
	if cgroup.PathOf(seen.Pid, seen.ContainerID) == "" {
		return errStaysBehind
	}
	if err := unix.PidfdSendSignal(process, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return errors.Join(errStaysBehind, err)
	}
	return nil
}

package engine

import (
	"context"
	"time"

	"github.com/docker/docker/api/types/container"
)

// Start starts a container; starting one that runs is no error. ErrPortTaken, ErrUnresolvable and ErrNoDriver
// come from here: the container stays as it was, stopped, with the reason in its Error.
func (d containers) Start(ctx context.Context, id string) error {
	ctx, cancel := within(ctx, limitStart)
	defer cancel()
	return explain(ctx, d.api().ContainerStart(ctx, id, container.StartOptions{}))
}

// Stop sends the container its stop signal and, after the grace, SIGKILL. It returns when the container has
// stopped; stopping one that doesn't run is no error. The engine counts in whole seconds: a part counts as one.
func (d containers) Stop(ctx context.Context, id string, grace time.Duration) error {
	seconds := int((grace + time.Second - 1) / time.Second)
	l := limitStop
	l.time += grace
	ctx, cancel := within(ctx, l)
	defer cancel()
	return explain(ctx, d.api().ContainerStop(ctx, id, container.StopOptions{Timeout: &seconds}))
}

// Kill sends a signal, such as "SIGHUP" or "KILL", to the container's first process. ErrConflict when it
// doesn't run.
func (d containers) Kill(ctx context.Context, id, signal string) error {
	ctx, cancel := within(ctx, limitStop)
	defer cancel()
	return explain(ctx, d.api().ContainerKill(ctx, id, signal))
}

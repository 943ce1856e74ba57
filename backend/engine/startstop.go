package engine

import (
	"context"
	"time"

	"github.com/docker/docker/api/types/container"
)

// Start starts a container; if it runs already, that is no error. After ErrPortTaken, ErrUnresolvable or ErrNoDriver
// the container is stopped as before, with the reason in its Error.
func (d containers) Start(ctx context.Context, id string) error {
	ctx, cancel := withLimit(ctx, limitStart)
	defer cancel()
	return d.explain(ctx, d.api().ContainerStart(ctx, id, container.StartOptions{}))
}

// Stop sends the container its stop signal and, after the grace, SIGKILL. It returns when the container has stopped; if
// it isn't running, that is no error. The engine counts in whole seconds, so the grace is rounded up.
func (d containers) Stop(ctx context.Context, id string, grace time.Duration) error {
	seconds := int((grace + time.Second - 1) / time.Second)
	l := limitStop
	l.time += grace
	ctx, cancel := withLimit(ctx, l)
	defer cancel()
	return d.explain(ctx, d.api().ContainerStop(ctx, id, container.StopOptions{Timeout: &seconds}))
}

// Kill sends a signal, such as "SIGHUP" or "KILL", to the container's first process. The error is ErrConflict if it
// isn't running.
func (d containers) Kill(ctx context.Context, id, signal string) error {
	ctx, cancel := withLimit(ctx, limitStop)
	defer cancel()
	return d.explain(ctx, d.api().ContainerKill(ctx, id, signal))
}

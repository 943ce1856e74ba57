package engine

import (
	"context"
	"time"

	"github.com/docker/docker/api/types/container"
)

// Stop sends the container its stop signal and, after the grace, SIGKILL. It returns when the container has
// stopped; stopping one that doesn't run is no error. The engine counts in whole seconds: a part counts as one.
func (d *Docker) Stop(ctx context.Context, id string, grace time.Duration) error {
	seconds := int((grace + time.Second - 1) / time.Second)
	l := limitStop
	l.time += grace
	ctx, cancel := within(ctx, l)
	defer cancel()
	return explain(ctx, d.api().ContainerStop(ctx, id, container.StopOptions{Timeout: &seconds}))
}

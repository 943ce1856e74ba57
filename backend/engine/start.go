package engine

import (
	"context"

	"github.com/docker/docker/api/types/container"
)

// Start starts a container; starting one that runs is no error. ErrPortTaken, ErrUnresolvable and ErrNoDriver
// come from here: the container stays as it was, stopped, with the reason in its Error.
func (d *Docker) Start(ctx context.Context, id string) error {
	ctx, cancel := within(ctx, limitStart)
	defer cancel()
	return explain(ctx, d.api().ContainerStart(ctx, id, container.StartOptions{}))
}

package engine

import "context"

// Kill sends a signal, such as "SIGHUP" or "KILL", to the container's first process. ErrConflict when it
// doesn't run.
func (d *Docker) Kill(ctx context.Context, id, signal string) error {
	ctx, cancel := within(ctx, limitStop)
	defer cancel()
	return explain(ctx, d.api().ContainerKill(ctx, id, signal))
}

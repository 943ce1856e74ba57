package engine

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
)

// Remove removes a container and its anonymous volumes, and kills it if it runs. It returns when the container is gone.
// A container that is gone, or that somebody else is removing, is no error.
func (d containers) Remove(ctx context.Context, id string) error {
	ctx, cancel := withLimit(ctx, limitRemove)
	defer cancel()
	for {
		err := d.explain(ctx, d.api().ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true}))
		switch {
		case err == nil, errors.Is(err, ErrNotFound):
			return nil
		case !strings.Contains(err.Error(), "already in progress"): // only the message tells this conflict from others
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return d.explain(ctx, err)
		}
	}
}

package engine

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
)

// Remove removes a container with its anonymous volumes, killing it if it runs. It returns when the container is
// gone; one that is gone already, or is being removed by someone else, is no error.
func (d containers) Remove(ctx context.Context, id string) error {
	ctx, cancel := within(ctx, limitRemove)
	defer cancel()
	for {
		err := explain(ctx, d.api().ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true}))
		switch {
		case err == nil, errors.Is(err, ErrNotFound):
			return nil
		case !strings.Contains(err.Error(), "already in progress"): // a conflict told by words alone
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return explain(ctx, err)
		}
	}
}

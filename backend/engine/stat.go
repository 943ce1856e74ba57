package engine

import (
	"context"
	"errors"
	"fmt"

	"berth/model"
)

// Stat looks at a path of a container, which needn't run. A symbolic link is looked at itself. ErrNotFound
// where there is no such path, or no such container: the engine answers without words here.
func (d *Docker) Stat(ctx context.Context, id, path string) (PathStat, error) {
	ctx, cancel := within(ctx, limitLook)
	defer cancel()
	seen, err := d.api().ContainerStatPath(ctx, id, path)
	if err = explain(ctx, err); errors.Is(err, ErrNotFound) {
		return PathStat{}, &Error{Kind: ErrNotFound, Words: fmt.Sprintf("no %s in container %s", path, id), Cause: err}
	} else if err != nil {
		return PathStat{}, err
	}
	return PathStat{
		Name: seen.Name, Size: model.Bytes(seen.Size), Mode: seen.Mode, Link: seen.LinkTarget, At: seen.Mtime,
	}, nil
}

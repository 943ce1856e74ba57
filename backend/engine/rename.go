package engine

import "context"

// Rename gives a container another name. ErrConflict where that is taken.
func (d *Docker) Rename(ctx context.Context, id, name string) error {
	ctx, cancel := within(ctx, limitLook)
	defer cancel()
	return explain(ctx, d.api().ContainerRename(ctx, id, name))
}

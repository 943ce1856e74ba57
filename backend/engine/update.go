package engine

import (
	"context"

	"github.com/docker/docker/api/types/container"
)

// Update sets the CPU shares, memory limit and reservation and the process limit of a container, running or
// not; zero leaves what is set. The other fields of Resources are fixed at create and are ignored.
func (d containers) Update(ctx context.Context, id string, r Resources) error {
	ctx, cancel := within(ctx, limitLook)
	defer cancel()
	set := limits(r)
	set.CgroupParent = ""
	// Create leaves swap to the engine, which allows as much again as memory. It doesn't follow by itself, and a
	// limit above it would be refused.
	set.MemorySwap = 2 * set.Memory
	_, err := d.api().ContainerUpdate(ctx, id, container.UpdateConfig{Resources: set})
	return explain(ctx, err)
}

// Rename gives a container another name. ErrConflict where that is taken.
func (d containers) Rename(ctx context.Context, id, name string) error {
	ctx, cancel := within(ctx, limitLook)
	defer cancel()
	return explain(ctx, d.api().ContainerRename(ctx, id, name))
}

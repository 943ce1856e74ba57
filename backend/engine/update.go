package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

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

// Restore sets the limits of a container that doesn't run as a new one of these resources would have them, on a machine
// of so many cores, and lifts those that no Request sets (see Container.ByHand).
func (d containers) Restore(ctx context.Context, id string, r Resources, cores int) error {
	ctx, cancel := within(ctx, limitLook)
	defer cancel()
	set := limits(r)
	set.CgroupParent = ""
	set.MemorySwap = 2 * set.Memory
	set.CPUQuota = -1
	now, err := d.Inspect(ctx, id)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(now.ByHand, func(limit string) bool { return strings.HasPrefix(limit, "cpuset") }) && cores > 0 {
		set.CpusetCpus = AllCores(cores) // it can't be unset
	}
	never := container.RestartPolicy{Name: container.RestartPolicyDisabled}
	_, err = d.api().ContainerUpdate(ctx, id, container.UpdateConfig{Resources: set, RestartPolicy: never})
	return explain(ctx, err)
}

// AllCores is the set of all of a machine's cores, as a container's cpuset.
func AllCores(cores int) string {
	if cores == 1 {
		return "0"
	}
	return fmt.Sprint("0-", cores-1)
}

// Rename gives a container another name. ErrConflict where that is taken.
func (d containers) Rename(ctx context.Context, id, name string) error {
	ctx, cancel := within(ctx, limitLook)
	defer cancel()
	return explain(ctx, d.api().ContainerRename(ctx, id, name))
}

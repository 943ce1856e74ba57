package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
)

// Update sets the CPU shares, memory limit, memory reservation and process limit of a container, running or not. Zero
// leaves a value as it is. The other fields of Resources are fixed at create and ignored here.
func (d containers) Update(ctx context.Context, id string, r Resources) error {
	ctx, cancel := withLimit(ctx, limitLook)
	defer cancel()
	set := limits(r)
	set.CgroupParent = ""
	// At create the engine allows as much swap again as memory. It doesn't adjust that later, and would refuse a memory
	// limit above it.
	set.MemorySwap = 2 * set.Memory
	_, err := d.api().ContainerUpdate(ctx, id, container.UpdateConfig{Resources: set})
	return d.explain(ctx, err)
}

// Restore sets the limits of a stopped container as a new container with these resources would have them, on a machine
// with that many cores. It also removes limits that no Request sets (see Container.ByHand).
func (d containers) Restore(ctx context.Context, id string, r Resources, cores int) error {
	ctx, cancel := withLimit(ctx, limitLook)
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
		set.CpusetCpus = AllCores(cores) // a cpuset can't be unset
	}
	never := container.RestartPolicy{Name: container.RestartPolicyDisabled}
	_, err = d.api().ContainerUpdate(ctx, id, container.UpdateConfig{Resources: set, RestartPolicy: never})
	return d.explain(ctx, err)
}

// AllCores returns the cpuset with all of a machine's cores.
func AllCores(cores int) string {
	if cores == 1 {
		return "0"
	}
	return fmt.Sprint("0-", cores-1)
}

// Rename gives a container another name. The error is ErrConflict if the name is taken.
func (d containers) Rename(ctx context.Context, id, name string) error {
	ctx, cancel := withLimit(ctx, limitLook)
	defer cancel()
	return d.explain(ctx, d.api().ContainerRename(ctx, id, name))
}

package engine

import (
	"context"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"berth/model"
)

// Disk measures what a container uses on disk. The engine walks every file for it, so call it when somebody asks or on
// a slow timer, never for a list.
func (d containers) Disk(ctx context.Context, id string) (DiskUse, error) {
	ctx, cancel := withLimit(ctx, limitDisk)
	defer cancel()
	raw, _, err := d.api().ContainerInspectWithRaw(ctx, id, true)
	if err != nil {
		return DiskUse{}, d.explain(ctx, err)
	}
	var use DiskUse
	if raw.ContainerJSONBase != nil && raw.SizeRw != nil {
		use.Layer = model.Bytes(*raw.SizeRw)
	}
	use.Volumes, err = d.volumes(ctx, raw.Mounts)
	return use, err
}

// anonymous is the name that the engine gives a volume which nobody named.
var anonymous = model.Pattern(`^[0-9a-f]+$`)

// volumes adds up the sizes of a container's volumes that go with it. The engine can only measure all volumes of the
// machine at once, which is slow, so it is asked only if the container has one.
func (d containers) volumes(ctx context.Context, mounts []container.MountPoint) (model.Bytes, error) {
	mine := map[string]bool{}
	for _, m := range mounts {
		if m.Type == mount.TypeVolume && len(m.Name) == 64 && anonymous().MatchString(m.Name) {
			mine[m.Name] = true
		}
	}
	if len(mine) == 0 {
		return 0, nil
	}
	all, err := d.api().DiskUsage(ctx, types.DiskUsageOptions{Types: []types.DiskUsageObject{types.VolumeObject}})
	if err != nil {
		return 0, d.explain(ctx, err)
	}
	var sum model.Bytes
	for _, v := range all.Volumes {
		if mine[v.Name] && v.UsageData != nil && v.UsageData.Size > 0 { // -1: not measured
			sum += model.Bytes(v.UsageData.Size)
		}
	}
	return sum, nil
}

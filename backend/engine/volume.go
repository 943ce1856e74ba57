package engine

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/volume"

	"berth/model"
)

// Volume returns one volume by its name. ErrNotFound where there is none.
func (d volumes) Volume(ctx context.Context, name string) (Volume, error) {
	ctx, cancel := withLimit(ctx, limitLook)
	defer cancel()
	raw, err := d.api().VolumeInspect(ctx, name)
	if err != nil {
		return Volume{}, d.explain(ctx, err)
	}
	return volumeOf(raw), nil
}

// Volumes returns all volumes with names that somebody gave, by name.
func (d volumes) Volumes(ctx context.Context) ([]Volume, error) {
	ctx, cancel := withLimit(ctx, limitLook)
	defer cancel()
	list, err := d.api().VolumeList(ctx, volume.ListOptions{})
	if err != nil {
		return nil, d.explain(ctx, err)
	}
	all := make([]Volume, 0, len(list.Volumes))
	for _, raw := range list.Volumes {
		all = append(all, volumeOf(*raw))
	}
	return sortVolumes(all), nil
}

// VolumesUse is Volumes, measured. The engine walks every file of every volume for it, so this is for a slow timer.
func (d volumes) VolumesUse(ctx context.Context) ([]Volume, error) {
	ctx, cancel := withLimit(ctx, limitDisk)
	defer cancel()
	use, err := d.api().DiskUsage(ctx, types.DiskUsageOptions{Types: []types.DiskUsageObject{types.VolumeObject}})
	if err != nil {
		return nil, d.explain(ctx, err)
	}
	all := make([]Volume, 0, len(use.Volumes))
	for _, raw := range use.Volumes {
		v := volumeOf(*raw)
		if raw.UsageData != nil {
			v.Use = model.Bytes(max(raw.UsageData.Size, 0)) // -1: not measured
		}
		all = append(all, v)
	}
	return sortVolumes(all), nil
}

// CreateVolume makes a volume on the engine's own disk. ErrConflict where one of that name is there.
func (d volumes) CreateVolume(ctx context.Context, name string, labels map[string]string) error {
	ctx, cancel := withLimit(ctx, limitCreate)
	defer cancel()
	if err := d.fit(ctx); err != nil {
		return err
	}
	// The engine answers a second create with the volume that is there, whatever its labels.
	if _, err := d.api().VolumeInspect(ctx, name); err == nil {
		return &Error{Kind: ErrConflict, Words: "a volume named " + name + " already exists"}
	}
	_, err := d.api().VolumeCreate(ctx, volume.CreateOptions{Name: name, Driver: "local", Labels: labels})
	return d.explain(ctx, err)
}

// RemoveVolume removes a volume with all that is in it. One that is gone already is no error; ErrConflict while a
// container has it.
func (d volumes) RemoveVolume(ctx context.Context, name string) error {
	ctx, cancel := withLimit(ctx, limitErase)
	defer cancel()
	err := d.explain(ctx, d.api().VolumeRemove(ctx, name, false))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

func volumeOf(raw volume.Volume) Volume {
	return Volume{Name: raw.Name, Labels: raw.Labels, Driver: raw.Driver}
}

func sortVolumes(all []Volume) []Volume {
	slices.SortFunc(all, func(a, b Volume) int { return strings.Compare(a.Name, b.Name) })
	return all
}

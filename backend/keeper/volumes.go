package keeper

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// A volume is made on the engine when the first instance that has it is made, and removed when its owner has removed it.
// One that the engine lost is never made again in silence: what was in it is gone, and somebody must know.

// errStranger says that a volume on the engine has the name of ours and isn't ours.
var errStranger = errors.New("a volume of that name on the engine is somebody else's, and is left alone: docker volume inspect shows it")

// volumeLabels prove a volume to be ours.
func (s *shared) volumeLabels(v model.Volume) map[string]string {
	labels := map[string]string{
		label.Volume: v.Name, label.Home: s.Home, label.Owner: v.Owner,
		label.Size: strconv.FormatInt(int64(v.Size), 10), label.Made: v.CreatedAt.UTC().Format(time.RFC3339Nano),
	}
	labels[label.Proof] = s.Key.SignVolume(label.VolumeName(s.Home, v.Name), labels)
	return labels
}

// same reports whether a volume of the engine is proven to be one of the ledger's.
func (s *shared) same(on engine.Volume, v model.Volume) bool {
	return s.Key.ProvesVolume(on.Name, on.Labels) && on.Labels[label.Volume] == v.Name && on.Labels[label.Owner] == v.Owner
}

// claimVolumes sees that the volumes of an instance are its own to use: that no other has them as nobody may beside it,
// and that the engine has them and they are ours. An old ledger that was brought back may say otherwise than what runs.
func (s *shared) claimVolumes(ctx context.Context, i model.Instance) error {
	if len(i.Plan.Volumes) == 0 {
		return nil
	}
	var all []model.Volume
	if err := s.reserve(ctx, i, func(i *model.Instance, p ledger.Promises) error {
		all = p.Volumes
		return model.CheckVolumes(i.Plan.Volumes, i.Owner, p.Volumes).Err()
	}); err != nil {
		return err
	}
	for _, m := range i.Plan.Volumes {
		for _, v := range all {
			if v.Name != m.Volume {
				continue
			}
			if err := s.haveVolume(ctx, v); err != nil {
				return fmt.Errorf("volume %s: %w", v.Name, err)
			}
		}
	}
	return nil
}

// haveVolume makes a volume on the engine, unless it is there.
func (s *shared) haveVolume(ctx context.Context, v model.Volume) error {
	name := label.VolumeName(s.Home, v.Name)
	on, err := s.Engine.Volume(ctx, name)
	switch {
	case err == nil && !s.same(on, v):
		return errStranger
	case err == nil && v.Made:
		return nil
	case errors.Is(err, engine.ErrNotFound) && v.Made:
		return fmt.Errorf("the engine hasn't got it any more, and what was in it is lost: berth volume rm %s forgets it", v.Name)
	case errors.Is(err, engine.ErrNotFound):
		if err := s.Engine.CreateVolume(ctx, name, s.volumeLabels(v)); err != nil {
			return err
		}
		s.record(ctx, 0, "volume", "%s made, %s of %s", v.Name, v.Size, v.Owner)
	case err != nil:
		return err
	}
	return s.classifyWrite(ctx, s.Ledger.VolumeMade(ctx, v.Name))
}

// volumeMounts are volumes as the engine is asked for them.
func volumeMounts(home string, volumes []model.VolumeMount) []engine.Mount {
	var mounts []engine.Mount
	for _, m := range volumes {
		mounts = append(mounts, engine.Mount{Volume: true, Source: label.VolumeName(home, m.Volume), Target: m.At, ReadOnly: m.ReadOnly})
	}
	return mounts
}

// tidyVolumes removes the volumes that are to go, one after the other, and takes back those that are proven to be ours
// and that the ledger doesn't know: once for each engine and each start of one.
func (k *Keeper) tidyVolumes(ctx context.Context, w world.World) {
	going := false
	for _, v := range w.Volumes {
		going = going || v.Removing
	}
	met := w.Engine.Since
	if !going && k.metVolumes.Equal(met) || k.tidying.Swap(true) {
		return
	}
	k.metVolumes = met
	k.wg.Go(k.Guard(func() {
		defer k.tidying.Store(false)
		ctx := withCallNotes(ctx)
		k.complain(ctx, 0, "volumes", errors.Join(k.takeVolumesBack(ctx), k.removeVolumes(ctx)))
	}))
}

func (k *Keeper) takeVolumesBack(ctx context.Context) error {
	all, err := k.Engine.Volumes(ctx)
	if err != nil {
		return err
	}
	for _, on := range all {
		name := on.Labels[label.Volume]
		if on.Labels[label.Home] != k.Home || on.Name != label.VolumeName(k.Home, name) || !k.Key.ProvesVolume(on.Name, on.Labels) {
			continue
		}
		size, err := strconv.ParseInt(on.Labels[label.Size], 10, 64)
		made, wrong := time.Parse(time.RFC3339Nano, on.Labels[label.Made])
		if err = errors.Join(err, wrong); err != nil || size <= 0 {
			return fmt.Errorf("volume %s: its labels can't be read: %w", on.Name, err)
		}
		added, err := k.Ledger.AdoptVolume(ctx, model.Volume{
			Name: name, Owner: on.Labels[label.Owner], Size: model.Bytes(size), CreatedAt: made, Made: true,
		})
		if err = k.classifyWrite(ctx, err); err != nil {
			return err
		}
		if added {
			k.record(ctx, 0, "volume", "%s of %s is in the ledger again", name, on.Labels[label.Owner])
		}
	}
	return nil
}

func (k *Keeper) removeVolumes(ctx context.Context) error {
	all, err := k.Ledger.Volumes(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, v := range all {
		if v.Removing && !v.Held() {
			errs = append(errs, k.removeVolume(ctx, v))
		}
	}
	return errors.Join(errs...)
}

// removeVolume removes a volume of ours from the engine, and then forgets it. A stranger's of its name stays.
func (k *Keeper) removeVolume(ctx context.Context, v model.Volume) error {
	name := label.VolumeName(k.Home, v.Name)
	on, err := k.Engine.Volume(ctx, name)
	switch {
	case errors.Is(err, engine.ErrNotFound):
	case err != nil:
		return err
	case k.same(on, v):
		if err := k.Engine.RemoveVolume(ctx, name); err != nil {
			return fmt.Errorf("volume %s can't be removed yet: %w", v.Name, err)
		}
	}
	if err := k.classifyWrite(ctx, k.Ledger.VolumeGone(ctx, v.Name)); err != nil {
		return err
	}
	k.record(ctx, 0, "volume", "%s of %s removed, %s", v.Name, v.Owner, v.Size)
	return nil
}

package keeper

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"berth/backend/engine"
	"berth/model"
)

// The folders of an instance are looked up by their names whenever a container is made or started: the machine's owner may
// have changed what they mean, or closed them, since they were promised. An engine fixes them when it makes a container.

// errMissing says that a folder which an instance had isn't there. It may come yet: file systems are mounted while a machine
// starts.
var errMissing = errors.New("ask the machine's owner, whom berth doctor tells more")

// folders are an instance's, as they are now.
func (s *shared) folders(ctx context.Context, i model.Instance) ([]model.Mount, error) {
	if len(i.Plan.Folders) == 0 {
		return nil, nil
	}
	policy := s.Policy()
	if notice := policy.Notice(); notice != "" {
		err := fmt.Errorf("its folders aren't known: %s: %w", notice, errNotYet)
		return nil, errors.Join(err, s.say(ctx, i, "waits for its folders: "+notice))
	}
	names := make([]string, len(i.Plan.Folders))
	for n, m := range i.Plan.Folders {
		names[n] = m.Folder
	}
	mounts, faults := policy.Mounts(names, model.Account{Owner: i.Owner, Groups: s.Groups(i.Owner)})
	if err := faults.Err(); err != nil {
		return nil, err
	}
	for _, m := range mounts {
		if err := s.Folder(ctx, m.Path); err != nil {
			return nil, fmt.Errorf("folder %s can't be given: %w", m.Folder, err)
		}
	}
	return mounts, nil
}

// furnish updates a plan's folders and volumes to what a container gets that is made now.
func (s *shared) furnish(ctx context.Context, i model.Instance) (model.Instance, error) {
	if err := s.claimVolumes(ctx, i); err != nil {
		return i, err
	}
	now, err := s.folders(ctx, i)
	if err != nil || slices.Equal(now, i.Plan.Folders) {
		return i, err
	}
	return s.revise(ctx, i, func(i *model.Instance) error {
		i.Plan.Folders = now
		return nil
	})
}

// furnished checks before a start that a container has the folders and volumes that it would get if it were made now.
func (s *shared) furnished(ctx context.Context, i model.Instance, c *engine.Container) error {
	now, err := s.folders(ctx, i)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; %w", err, errMissing)
	}
	if err != nil {
		return err
	}
	if err := s.claimVolumes(ctx, i); err != nil {
		return err
	}
	want := mountsOf(s.Home, now, i.Plan.Volumes)
	if slices.Equal(c.Mounts, want) {
		return nil
	}
	return fmt.Errorf("its container was made with %s, and it is to have %s now: recycle it",
		mountWords(c.Mounts), mountWords(want))
}

// mountsOf are folders and volumes as the engine is asked for them.
func mountsOf(home string, folders []model.Mount, volumes []model.VolumeMount) []engine.Mount {
	mounts := volumeMounts(home, volumes)
	for _, f := range folders {
		mounts = append(mounts, engine.Mount{Source: f.Path, Target: f.At, ReadOnly: f.ReadOnly()})
	}
	slices.SortFunc(mounts, func(a, b engine.Mount) int { return strings.Compare(a.Target, b.Target) })
	return mounts
}

func mountWords(mounts []engine.Mount) string {
	if len(mounts) == 0 {
		return "no folder"
	}
	words := make([]string, len(mounts))
	for n, m := range mounts {
		words[n] = m.Source + " at " + m.Target
		if m.ReadOnly {
			words[n] += " read-only"
		}
	}
	return strings.Join(words, ", ")
}

package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"berth/backend/engine"
)

// Volume returns one volume by its name.
func (m volumes) Volume(ctx context.Context, name string) (engine.Volume, error) {
	if err := m.enter(ctx, "Volume"); err != nil {
		return engine.Volume{}, err
	}
	defer m.mu.Unlock()
	labels, there := m.volumes[name]
	if !there {
		return engine.Volume{}, &engine.Error{Kind: engine.ErrNotFound, Words: "get " + name + ": no such volume"}
	}
	return engine.Volume{Name: name, Labels: maps.Clone(labels), Driver: "local"}, nil
}

// Volumes returns all volumes, by name.
func (m volumes) Volumes(ctx context.Context) ([]engine.Volume, error) {
	if err := m.enter(ctx, "Volumes"); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	all := make([]engine.Volume, 0, len(m.volumes))
	for name, labels := range m.volumes {
		all = append(all, engine.Volume{Name: name, Labels: maps.Clone(labels), Driver: "local"})
	}
	slices.SortFunc(all, func(a, b engine.Volume) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// VolumesUse is Volumes: what is in a volume of this engine's takes nothing.
func (m volumes) VolumesUse(ctx context.Context) ([]engine.Volume, error) { return m.Volumes(ctx) }

// CreateVolume makes a volume.
func (m volumes) CreateVolume(ctx context.Context, name string, labels map[string]string) error {
	if err := m.enter(ctx, "CreateVolume"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	if _, there := m.volumes[name]; there {
		return &engine.Error{Kind: engine.ErrConflict, Words: "a volume named " + name + " already exists"}
	}
	m.volumes[name] = maps.Clone(labels)
	return nil
}

// RemoveVolume removes a volume that no container has.
func (m volumes) RemoveVolume(ctx context.Context, name string) error {
	if err := m.enter(ctx, "RemoveVolume"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	for _, c := range m.byID {
		if slices.ContainsFunc(c.Mounts, func(t engine.Mount) bool { return t.Volume && t.Source == name }) {
			return &engine.Error{Kind: engine.ErrConflict, Words: fmt.Sprintf("remove %s: volume is in use - [%s]", name, c.ID)}
		}
	}
	delete(m.volumes, name)
	return nil
}

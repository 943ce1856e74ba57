package keeper

import (
	"context"
	"errors"
	"slices"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/model"
)

// putBack sets again, before a start, what somebody has changed of a container by hand: its limits and its network. An
// engine that refuses keeps nobody from starting; history says so.
func (m *maker) putBack(ctx context.Context, i model.Instance, c *engine.Container) error {
	now, err := m.Engine.Inspect(ctx, c.ID)
	if err != nil {
		return err
	}
	want := resources(i.Plan)
	have := now.Resources
	if have.Memory != want.Memory || have.MemoryReservation != want.MemoryReservation || have.Pids != want.Pids {
		want.CPUShares = cpuShares(i.Plan.Share, m.facts())
		if err := m.Engine.Update(ctx, c.ID, want); err != nil {
			m.record(ctx, i.ID, "limits", "they were changed by hand and can't be set again: %v", err)
		} else if !neverStarted(c) {
			m.record(ctx, i.ID, "limits", "set again as promised: they had been changed by hand")
		}
	}
	if slices.Contains(now.Networks, label.Network) {
		return nil
	}
	_, err = m.Network.Gateway(ctx)
	if err = errors.Join(err, m.Engine.Connect(ctx, label.Network, c.ID)); err != nil {
		return err
	}
	m.record(ctx, i.ID, "network", "connected again: it had been disconnected by hand")
	return nil
}

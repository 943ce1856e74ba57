package keeper

import (
	"context"
	"errors"
	"slices"
	"strings"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/model"
)

// putBack restores before a start what somebody changed on a container by hand: its limits and its network. If the
// engine refuses to restore the limits, the start goes on and history says so.
func (m *maker) putBack(ctx context.Context, i model.Instance, c *engine.Container) error {
	now, err := m.Engine.Inspect(ctx, c.ID)
	if err != nil {
		return err
	}
	want, cores := resources(i.Plan), m.facts().Cores
	have := now.Resources
	byHand := slices.DeleteFunc(now.ByHand, func(limit string) bool { return limit == "cpuset "+engine.AllCores(cores) })
	if have.Memory != want.Memory || have.MemoryReservation != want.MemoryReservation || have.Pids != want.Pids || len(byHand) > 0 {
		want.CPUShares = cpuShares(i.Plan.Share, m.facts())
		if err := m.Engine.Restore(ctx, c.ID, want, cores); err != nil {
			m.record(ctx, i.ID, "limits", "they were changed by hand and can't be set again: %v", err)
		} else if !neverStarted(c) {
			m.record(ctx, i.ID, "limits", "set again as promised: they had been changed by hand%s", words(byHand))
		}
	}
	if slices.Contains(now.Networks, label.Network) {
		return nil
	}
	_, err = m.Network.Gateway(ctx)
	if err = errors.Join(err, m.Engine.Connect(ctx, label.Network, c.ID)); err != nil {
		return err
	}
	m.record(ctx, i.ID, "network", "connected again: it had been disconnected, by hand or by an engine that refused a start")
	return nil
}

// words lists what was changed, if that is known.
func words(changed []string) string {
	if len(changed) == 0 {
		return ""
	}
	return ": " + strings.Join(changed, ", ")
}

package keeper

import (
	"context"
	"fmt"

	"berth/backend/cgroup"
	"berth/backend/engine"
	"berth/model"
)

// cpuShares returns the value to ask the engine for, so that the kernel divides contended CPU time as promised. On
// cgroup v1 the kernel uses shares directly. On v2 the runtime converts shares to a weight; since runc 1.3.2 that
// conversion is a curve and not proportional, so this function inverts the curve.
func cpuShares(s model.Share, f engine.Facts) int64 {
	if f.CgroupVersion < 2 {
		return int64(s.CPUShares)
	}
	return int64(model.SharesForWeight(s.Weight(f.Cores)))
}

// correctWeight reads the weight of a started container back, and corrects it if the runtime is an older one that
// converts proportionally. A container whose cgroup can't be read keeps its weight.
func (m *maker) correctWeight(ctx context.Context, i model.Instance, c *engine.Container) error {
	facts, err := m.Engine.Facts(ctx)
	if err != nil || !facts.Local || facts.CgroupVersion < 2 {
		return err
	}
	now, err := m.Engine.Inspect(ctx, c.ID)
	if err != nil || now.PID == 0 {
		return err
	}
	group, err := cgroup.Of(now.PID)
	if err != nil {
		return nil //nolint:nilerr // ended already, or not ours to read
	}
	got, err := group.Weight()
	want := i.Plan.Share.Weight(facts.Cores)
	if err != nil || got == want {
		return nil //nolint:nilerr // as above
	}
	if shares, ok := correctedShares(int(now.Resources.CPUShares), got, want); ok {
		if err := m.Engine.Update(ctx, c.ID, engine.Resources{CPUShares: int64(shares)}); err != nil {
			return fmt.Errorf("correcting the CPU weight from %d to %d: %w", got, want, err)
		}
	}
	return nil
}

// correctedShares returns the shares that give the wanted weight, judging by the weight that the given shares gave. It
// returns false if the weight is right already, or if no known runtime would have made it from these shares.
func correctedShares(shares, got, want int) (int, bool) {
	if got == want || got != model.LinearWeightOfShares(shares) {
		return 0, false
	}
	return model.LinearSharesForWeight(want), true
}

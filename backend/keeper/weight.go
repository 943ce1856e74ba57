package keeper

import (
	"context"
	"fmt"

	"berth/backend/cgroup"
	"berth/backend/engine"
	"berth/model"
)

// cpuShares is what to ask the engine for so that the kernel splits contended CPU time as promised. On cgroup
// v1 shares are what the kernel takes. On v2 the runtime makes a weight of them, by a curve that isn't in
// proportion since runc 1.3.2, so the curve is asked backwards.
func cpuShares(s model.Share, f engine.Facts) int64 {
	if f.CgroupVersion < 2 {
		return int64(s.CPUShares)
	}
	return int64(model.SharesForWeight(s.Weight(f.Cores)))
}

// weigh reads the weight of a started container back and corrects it where its runtime is an older one,
// which makes weights of shares in proportion. A container whose group isn't ours to read keeps what it has.
func (m *maker) weigh(ctx context.Context, i model.Instance, c *engine.Container) error {
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

// correctedShares are the shares that give the wanted weight, going by what weight the given ones gave; false
// where they are right already or no runtime we know makes that of them.
func correctedShares(shares, got, want int) (int, bool) {
	if got == want || got != model.LinearWeightOfShares(shares) {
		return 0, false
	}
	return model.LinearSharesForWeight(want), true
}

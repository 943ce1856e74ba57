package keeper

import (
	"context"
	"errors"

	"berth/backend/engine"
	"berth/model"
)

// audit looks, once at each start of a running instance's container, whether it has the GPUs that the ledger
// promises it and no others. They differ where a ledger was brought back from a copy, or a keeper was killed
// between a start and its verification. Such an instance is rebooted on those it is promised: another may hold
// the ones it has.
func (k *Keeper) audit(ctx context.Context, i model.Instance, c *engine.Container) {
	if i.Phase != model.PhaseRunning || c == nil || !c.Alive() || k.audited[i.ID].Equal(c.StartedAt) {
		return
	}
	k.audited[i.ID] = c.StartedAt
	has, told := k.Handover.Given(ctx, c)
	if !told || model.SameGPUs(has, i.GPUs) {
		return
	}
	_, err := k.Ledger.Update(ctx, i.ID, func(now *model.Instance) error {
		// The world may have had its row of before this start.
		if now.Phase != model.PhaseRunning || now.Container != c.ID || model.SameGPUs(has, now.GPUs) {
			return errNotYet
		}
		now.Phase, now.AskedAt = model.PhaseRebooting, k.Now()
		now.Message = "it had other GPUs than it was promised: rebooting"
		return nil
	})
	switch {
	case errors.Is(err, errNotYet):
		delete(k.audited, i.ID)
	case err != nil:
		k.complain(ctx, i.ID, "comparing its GPUs with its lease", err)
	default:
		k.record(ctx, i.ID, "reboot", "it ran on %s and not on those promised", k.named(ctx, has))
	}
}

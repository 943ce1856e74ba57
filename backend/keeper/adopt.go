package keeper

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// adopt rebuilds what the ledger lost from the labels of containers that belong to it. One that another
// step is just destroying has no row either, so a container is adopted only when its worker is done.
func (k *Keeper) adopt(ctx context.Context, w world.World) {
	for _, c := range w.Containers {
		if !w.Ours(c) || c.State == engine.Removing || slices.ContainsFunc(w.Instances, func(i model.Instance) bool {
			return strconv.FormatInt(int64(i.ID), 10) == c.Labels[label.ID]
		}) {
			continue
		}
		i, err := fromLabels(c)
		if err == nil && !k.busy(i.ID) {
			err = k.adoptOne(ctx, i, &c)
		}
		if err != nil {
			k.complain(ctx, i.ID, "adopting container "+c.Name, err)
		}
	}
}

// adoptOne writes the instance down unless the container went or the row came since the world was seen. The GPUs
// of its label are those of its creation; since then it may have been started on others.
func (k *Keeper) adoptOne(ctx context.Context, i model.Instance, c *engine.Container) error {
	if gpus, told := k.Handover.Given(ctx, c); told && len(i.GPUs) > 0 {
		i.GPUs, i.Plan.GPUs = gpus, gpus
	}
	if _, err := k.Ledger.Instance(ctx, i.ID); !errors.Is(err, model.ErrNoInstance) {
		return err
	}
	if _, err := k.Engine.Inspect(ctx, i.Container); err != nil {
		if errors.Is(err, engine.ErrNotFound) {
			return nil
		}
		return err
	}
	err := k.Ledger.Adopt(ctx, i)
	if errors.Is(err, ledger.ErrTaken) { // somebody has its GPUs or ports now: it comes back stopped
		i.Intent, i.GPUs = model.WantStopped, nil
		err = k.Ledger.Adopt(ctx, i)
	}
	if err == nil {
		k.record(ctx, i.ID, "adopt", "rebuilt from the labels of container %.12s", i.Container)
	}
	return err
}

func (k *Keeper) busy(id model.InstanceID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.workers[id] != nil
}

// fromLabels reads an instance back from its container.
func fromLabels(c engine.Container) (model.Instance, error) {
	id, err := model.ParseInstanceID(c.Labels[label.ID])
	if err != nil {
		return model.Instance{}, err
	}
	var p promise
	if err := json.Unmarshal([]byte(c.Labels[label.Order]), &p); err != nil {
		return model.Instance{ID: id}, err
	}
	i := model.Instance{
		ID: id, Owner: c.Labels[label.Owner], Label: p.Order.Label, Order: p.Order, Plan: p.Plan,
		Intent: model.WantStopped, Phase: model.PhaseStopped, Message: "rebuilt from its container's labels",
		Container: c.ID, CreatedAt: c.CreatedAt, StartedAt: c.StartedAt, EndedAt: c.FinishedAt, AskedAt: c.CreatedAt,
	}
	if c.Alive() {
		i.Intent, i.Phase, i.GPUs = model.WantRunning, model.PhaseConnecting, p.Plan.GPUs
	}
	return i, nil
}

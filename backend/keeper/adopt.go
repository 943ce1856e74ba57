package keeper

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/backend/secret"
	"berth/backend/world"
	"berth/model"
)

// adopt rebuilds lost rows from the labels of containers that provably belong to this ledger. A container without a row
// may also be one that a worker is just destroying, so adopt skips instances that have a worker.
func (k *Keeper) adopt(ctx context.Context, w world.World) {
	for _, c := range w.Containers {
		if c.State == engine.Removing || !w.Proven(c) {
			continue
		}
		if _, known := w.InstanceOf(c); known {
			continue
		}
		i, err := fromLabels(c)
		if c.Alive() {
			i.Plan.Time = i.Plan.Time.Begin(k.Now(), w.Policy().Time)
		}
		if err == nil && !k.busy(i.ID) {
			err = k.adoptOne(ctx, w, i, &c)
		}
		if err != nil && k.unread[c.ID] != err.Error() { // log it once, not at every look
			k.unread[c.ID] = err.Error()
			k.complain(ctx, i.ID, "adopting container "+c.Name, err)
		}
	}
}

// adoptOne inserts the instance, unless the container has gone or the row has appeared since the world was seen. The
// label names the GPUs at creation; the container may have been started on others since.
func (k *Keeper) adoptOne(ctx context.Context, w world.World, i model.Instance, c *engine.Container) error {
	at, was, err := k.Ledger.Removed(ctx, i.ID)
	if err != nil {
		return err
	}
	if was {
		return k.clearLate(ctx, i, c, at)
	}
	if gpus, told := k.Handover.Given(ctx, c); told && len(i.GPUs) > 0 {
		i.GPUs, i.Plan.GPUs = gpus, gpus
	}
	i.Plan.Ports = boundAs(i.Plan.Ports, c.Ports)
	if _, err := k.Ledger.Instance(ctx, i.ID); !errors.Is(err, model.ErrNoInstance) {
		return err
	}
	if _, err := k.Engine.Inspect(ctx, i.Container); err != nil {
		if errors.Is(err, engine.ErrNotFound) {
			return nil
		}
		return err
	}
	if !c.Alive() { // GPUs that were handed to it for a start that never happened
		if err := k.Handover.TakeBack(ctx, i); err != nil {
			return err
		}
	}
	err = k.Ledger.Adopt(ctx, i, w.RunningAsWritten())
	if errors.Is(err, ledger.ErrTaken) { // a running instance has its GPUs or ports: the next step resolves that
		i.GPUs, i.Plan.Ports = nil, model.Unleased(i.Plan.Ports)
		i.StartedAt = time.Time{}
		err = k.Ledger.Adopt(ctx, i, w.RunningAsWritten())
	}
	if err = k.classifyWrite(ctx, err); err != nil {
		return err
	}
	k.record(ctx, i.ID, "adopt", "rebuilt from the labels of container %.12s", i.Container)
	return k.clearStaleLeases(ctx, i.ID, i.GPUs, w.Running())
}

// lateCreateWindow is how long after an instance's end the engine may still produce a container of it, from a create
// request that was sent before.
const lateCreateWindow = 5 * time.Minute

// clearLate removes the container of an instance that was destroyed while the engine was still creating the container.
// A container created much later than that belongs to somebody else, whatever its labels prove.
func (k *Keeper) clearLate(ctx context.Context, i model.Instance, c *engine.Container, removed time.Time) error {
	if c.CreatedAt.After(removed.Add(lateCreateWindow)) {
		return nil
	}
	// Ask the engine first: the world may still show the container for a while after it went, and each line of history
	// causes another look.
	if _, err := k.Engine.Inspect(ctx, c.ID); err != nil {
		if errors.Is(err, engine.ErrNotFound) {
			return nil
		}
		return err
	}
	if err := k.Engine.Remove(ctx, c.ID); err != nil {
		return err
	}
	k.record(ctx, i.ID, "destroy", "container %.12s came to light after its instance was destroyed", c.ID)
	return nil
}

func (k *Keeper) busy(id model.InstanceID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.workers[id] != nil
}

// fromLabels reads an instance back from its container's labels.
func fromLabels(c engine.Container) (model.Instance, error) {
	id, err := model.ParseInstanceID(c.Labels[label.ID])
	if err != nil {
		return model.Instance{}, err
	}
	p, err := promised(&c)
	if err != nil {
		return model.Instance{ID: id}, err
	}
	p.Order, p.Plan = model.FromContainer(p.Order, p.Plan, c.Env)
	replaceLost(&p.Plan)
	p.Plan.Time, p.Plan.Idle = model.TimeLimit{For: p.Plan.Time.For, Rule: p.Plan.Time.Rule}, model.IdleNotice{} // as of another day
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

// promised reads the order label: what the container was promised at its creation.
func promised(c *engine.Container) (p promise, err error) {
	err = json.Unmarshal([]byte(c.Labels[label.Order]), &p)
	return p, err
}

// replaceLost makes new secrets for those that are neither in the container's labels nor in its environment. The
// container keeps the old ones until its next start, which puts the new ones in.
func replaceLost(p *model.Plan) {
	for _, lost := range []*string{&p.APIKey, &p.Secret} {
		if *lost == "" {
			*lost = secret.Hex()
		}
	}
}

package keeper

import (
	"context"
	"errors"
	"slices"

	"berth/backend/engine"
	"berth/backend/handover"
	"berth/backend/ledger"
	"berth/model"
)

// What runs outranks what is written. A container of berth's may run by a start that the ledger doesn't know: somebody
// started it by hand, or an old ledger was brought back. It has the GPUs and ports that it really has, so they become
// its row. Other rows may have been promised them since; these instances don't run, so they give way. Nobody is ended
// for a contradiction between rows.

// take writes into an instance's row what its running container really has.
func (s *steps) take(ctx context.Context, i model.Instance, c *engine.Container) error {
	gpus, err := s.gpusOf(ctx, i, c)
	if err != nil {
		return err
	}
	w, _ := s.World.Last()
	w = s.World.Fresh(ctx, w, 0)
	now, err := s.Ledger.Correct(ctx, i, w.RunningAsWritten(), func(now *model.Instance) error {
		now.Intent, now.Phase, now.Message = model.WantRunning, model.PhaseConnecting, "it runs: taken as it is"
		now.Container, now.StartedAt, now.Starting = c.ID, c.StartedAt, 0
		now.GPUs, now.Plan.Ports, now.ExitCode = gpus, boundAs(now.Plan.Ports, c.Ports), model.Maybe[int]{}
		now.Plan.NewPorts, now.Plan.PortHeld = false, false
		if len(gpus) > 0 {
			now.Plan.GPUs = gpus
		}
		return nil
	})
	if errors.Is(err, ledger.ErrTaken) { // two running instances really share a GPU or a port
		return s.stopYounger(ctx, i, c, gpus, err)
	}
	if err = s.classifyWrite(ctx, err); err != nil {
		return err
	}
	s.record(ctx, i.ID, "take", "it runs on %s, whatever was written", s.gpuNames(ctx, gpus))
	if err := s.clearStaleLeases(ctx, i.ID, gpus, w.Running()); err != nil || len(gpus) == 0 {
		return err
	}
	// The container's end may have been seen before somebody started it again, and its GPUs taken back.
	if err := s.Handover.Hand(ctx, now, c, s.devices()); !errors.Is(err, handover.ErrUnanswered) {
		return err
	}
	return nil // they are handed over at its next start
}

// clearStaleLeases takes an instance's GPUs back from instances that have them in their rows only, so that nobody can
// start those on them.
func (s *shared) clearStaleLeases(ctx context.Context, id model.InstanceID, gpus []model.GPUID, running []model.InstanceID) error {
	w, _ := s.World.Last()
	for _, other := range w.Instances {
		if other.ID == id || !model.ShareGPUs(other.GPUs, gpus) || slices.Contains(running, other.ID) {
			continue
		}
		if err := s.Handover.TakeBack(ctx, other); err != nil {
			return err
		}
	}
	return nil
}

// gpusOf returns the GPUs that a running container really has; if that can't be told, those in its row or its label. An
// order without GPUs has none.
func (s *steps) gpusOf(ctx context.Context, i model.Instance, c *engine.Container) ([]model.GPUID, error) {
	if i.Order.GPUs == 0 {
		return nil, nil
	}
	if gpus, told := s.Handover.Given(ctx, c); told {
		return gpus, nil
	}
	if len(i.GPUs) > 0 {
		return i.GPUs, nil
	}
	p, err := promised(c)
	return p.Plan.GPUs, err
}

// stopYounger stops the younger of two running instances that really share a GPU or a port. It is the only stop without
// an order, and history says why.
func (s *steps) stopYounger(ctx context.Context, i model.Instance, c *engine.Container, gpus []model.GPUID, cause error) error {
	s.record(ctx, i.ID, "conflict", "%v", cause)
	younger, start := i, c.StartedAt
	w, _ := s.World.Last()
	for _, other := range w.Instances {
		o := w.ContainerOf(other)
		if other.ID != i.ID && o != nil && o.Alive() && model.ShareGPUs(gpus, other.GPUs) && o.StartedAt.After(start) {
			younger, start = other, o.StartedAt
		}
	}
	now, err := s.Ledger.Instance(ctx, younger.ID)
	if err != nil {
		return err
	}
	message := "stopped: " + cause.Error()
	if err := s.write(ctx, now, func(i *model.Instance) {
		i.Intent, i.Phase, i.Message, i.Starting = model.WantStopped, model.PhaseStopping, message, i.Wish
		if i.Container == "" {
			i.Container = c.ID
		}
	}); err != nil {
		return err
	}
	if younger.ID != i.ID {
		return errNotYet // until the other one has stopped
	}
	return nil
}

// audit checks, once after each start of a running instance's container, that the row says what the container really
// has. They differ if an old ledger was brought back, or if somebody restarted the container by hand.
func (k *Keeper) audit(ctx context.Context, i model.Instance, c *engine.Container) {
	if i.Phase != model.PhaseRunning || c == nil || !c.Alive() || k.audited[i.ID].Equal(c.StartedAt) {
		return
	}
	gpus, told := k.Handover.Given(ctx, c)
	differ := told && i.Order.GPUs > 0 && !model.SameGPUs(gpus, i.GPUs)
	if i.Starting != 0 || differ || !sameBindings(c.Ports, i.Plan.Ports) {
		now, err := k.Ledger.Instance(ctx, i.ID)
		if err == nil && now.Phase == model.PhaseRunning && now.Wish == i.Wish { // otherwise the world had an older row
			err = k.steps.take(ctx, now, c)
		}
		if err != nil {
			k.complain(ctx, i.ID, "comparing what it has with what is written", err)
			return
		}
	}
	k.audited[i.ID] = c.StartedAt
}

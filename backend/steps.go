package backend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"berth/backend/engine"
	"berth/backend/guest/files"
	"berth/backend/handover"
	"berth/backend/ledger"
	"berth/model"
)

// Grace is how long an instance has to end by itself after SIGTERM.
const grace = 10 * time.Second

// do takes one step. It returns nil when the step is done, errNotYet when it must be taken again, and any
// other error when it can't be done.
func (k *Keeper) do(ctx context.Context, s step, i model.Instance, c *engine.Container) error {
	switch s {
	case stepPull:
		return k.pull(ctx, i, false)
	case stepRefresh:
		return k.recycle(ctx, i, c)
	case stepCreate:
		return k.create(ctx, i)
	case stepRevive:
		return k.revive(ctx, i)
	case stepStart:
		return k.start(ctx, i, c)
	case stepProbe:
		return k.probe(ctx, i, c)
	case stepStop:
		return k.stop(ctx, i, c)
	case stepSettle:
		return k.settle(ctx, i, model.PhaseStopped, "stopped")
	case stepExited:
		return k.exited(ctx, i, c)
	case stepLost:
		return k.lost(ctx, i)
	case stepDestroy:
		return k.destroy(ctx, i, c)
	default:
		return fmt.Errorf("no worker takes the step %q", s)
	}
}

// pull sees that the image is on the engine and completes the plan with the ports it exposes.
func (k *Keeper) pull(ctx context.Context, i model.Instance, fresh bool) error {
	image, err := k.image(ctx, i, fresh)
	if err != nil {
		return err
	}
	_, err = k.m.ledger.Reserve(ctx, i.ID, func(i *model.Instance, p ledger.Promises) error {
		ports, err := model.WithExposed(i.Plan.Ports, image.Exposed)
		if err != nil {
			return err
		}
		if i.Plan.Ports, err = k.m.choosePorts(ports, p); err != nil {
			return err
		}
		i.Phase, i.Pull, i.Message = model.PhaseStarting, model.Progress{}, "image is there"
		return nil
	})
	return err
}

// recycle fetches the image anew first, so that a failure leaves the old container, then removes that.
func (k *Keeper) recycle(ctx context.Context, i model.Instance, c *engine.Container) error {
	if _, err := k.image(ctx, i, true); err != nil {
		return err
	}
	if err := k.m.engine.Stop(ctx, c.ID, grace); err != nil && !errors.Is(err, engine.ErrNotFound) {
		return err
	}
	if err := k.keepHostKey(ctx, i, c); err != nil {
		return err
	}
	if err := k.m.engine.Remove(ctx, c.ID); err != nil {
		return err
	}
	k.record(ctx, i.ID, "recycle", "container %.12s removed", c.ID)
	return k.update(ctx, i.ID, func(i *model.Instance) { i.Container = "" })
}

// keepHostKey writes down the SSH server's own key before the container that holds it goes, so that nobody is
// warned of a stranger. One that was never started has none yet.
func (k *Keeper) keepHostKey(ctx context.Context, i model.Instance, c *engine.Container) error {
	if !i.Order.Mode.Launcher() {
		return nil
	}
	key, err := k.m.copyOne(ctx, c.ID, files.HostKey)
	switch {
	case errors.Is(err, engine.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return k.update(ctx, i.ID, func(i *model.Instance) { i.Plan.HostKey = string(key) })
}

// create makes the container. One that a killed keeper made and didn't write down is found by its name.
func (k *Keeper) create(ctx context.Context, i model.Instance) error {
	i, err := k.settleDisk(ctx, i)
	if err != nil {
		return err
	}
	request, err := k.m.request(ctx, i)
	if err != nil {
		return err
	}
	id, err := k.createNamed(ctx, i, request)
	if errors.Is(err, engine.ErrDiskQuota) && request.Resources.DiskSize > 0 {
		return k.letGoOfDisk(ctx, i, err)
	}
	if errors.Is(err, engine.ErrNotFound) && i.Phase != model.PhaseRecycling { // the image went since it was pulled
		return k.update(ctx, i.ID, func(i *model.Instance) { i.Phase = model.PhaseCreating })
	}
	if err != nil {
		return err
	}
	k.record(ctx, i.ID, "create", "container %.12s from %s", id, i.Order.Image)
	return k.update(ctx, i.ID, func(i *model.Instance) {
		i.Container, i.Phase, i.CreatedAt = id, model.PhaseStarting, k.m.now()
	})
}

// start hands in the GPUs and starts the container.
func (k *Keeper) start(ctx context.Context, i model.Instance, c *engine.Container) error {
	if i.Phase != model.PhaseStarting || i.Container != c.ID || startedSince(c, i.AskedAt) {
		if err := k.update(ctx, i.ID, func(i *model.Instance) {
			if startedSince(c, i.AskedAt) { // it ran and an outage ended it: this is a new asking
				i.AskedAt = k.m.now()
			}
			i.Phase, i.Container = model.PhaseStarting, c.ID
		}); err != nil {
			return err
		}
	}
	if err := k.furnish(ctx, i, c); err != nil {
		return err
	}
	if err := k.m.handover.Hand(ctx, i, c, k.devices()); err != nil {
		if !errors.Is(err, handover.ErrUnanswered) {
			return err
		}
		if err = fmt.Errorf("%w: %w", err, errNotYet); i.Message != err.Error() {
			err = errors.Join(err, k.update(ctx, i.ID, func(i *model.Instance) { i.Message = err.Error() }))
		}
		return err
	}
	err := k.m.engine.Start(ctx, c.ID)
	if errors.Is(err, engine.ErrPortTaken) && neverStarted(c) {
		return k.movePorts(ctx, i, c, err)
	}
	if err != nil {
		return err
	}
	if err := k.m.handover.Verify(ctx, i, c); err != nil {
		// The engine has seen a start and an end that were nobody's: what counts is the next.
		return errors.Join(err, k.update(ctx, i.ID, func(i *model.Instance) { i.AskedAt = k.m.now() }))
	}
	if err := k.weigh(ctx, i, c); err != nil {
		k.record(ctx, i.ID, "weight", "%v", err) // it runs, and its part of contended time is off
	}
	k.record(ctx, i.ID, "start", "on %s", k.named(ctx, i.GPUs))
	return k.update(ctx, i.ID, func(i *model.Instance) {
		i.StartedAt, i.ExitCode = k.m.now(), model.Maybe[int]{}
		if i.Phase == model.PhaseStarting { // else an order has come meanwhile, which the next step sees to
			i.Phase, i.Message = model.PhaseConnecting, "started"
		}
	})
}

// movePorts gives an instance that never ran other ports: somebody took one between the choice and the
// start, and nothing is lost by making the container again.
func (k *Keeper) movePorts(ctx context.Context, i model.Instance, c *engine.Container, cause error) error {
	if err := k.m.engine.Remove(ctx, c.ID); err != nil {
		return err
	}
	k.record(ctx, i.ID, "ports", "chosen anew: %v", cause)
	_, err := k.m.ledger.Reserve(ctx, i.ID, func(i *model.Instance, p ledger.Promises) error {
		ports, err := k.m.choosePorts(unleased(i.Plan.Ports), p)
		i.Plan.Ports, i.Container = ports, ""
		return err
	})
	return err
}

// revive puts an instance that an outage ended on its way again. It has given its GPUs back and asks for them
// anew.
func (k *Keeper) revive(ctx context.Context, i model.Instance) error {
	k.record(ctx, i.ID, "revive", "the engine's going had ended it")
	return k.update(ctx, i.ID, func(i *model.Instance) {
		i.AskedAt, i.ExitCode, i.Phase = k.m.now(), model.Maybe[int]{}, model.PhaseStarting
		if i.Order.GPUs > 0 {
			i.Phase = model.PhaseScheduling
		}
	})
}

// update changes the instance in the ledger.
func (k *Keeper) update(ctx context.Context, id model.InstanceID, change func(*model.Instance)) error {
	_, err := k.m.ledger.Update(ctx, id, func(i *model.Instance) error {
		change(i)
		return nil
	})
	return err
}

// note is update for how an instance that was seen so is doing now. An order that came since then isn't written
// over: the error is errNotYet, and the next step is the order's.
func (k *Keeper) note(ctx context.Context, seen model.Instance, change func(*model.Instance)) error {
	_, err := k.m.ledger.Update(ctx, seen.ID, func(now *model.Instance) error {
		if now.Intent != seen.Intent || !now.AskedAt.Equal(seen.AskedAt) {
			return errNotYet
		}
		change(now)
		return nil
	})
	return err
}

func neverStarted(c *engine.Container) bool { return c.State == engine.Created && c.StartedAt.IsZero() }

// named are GPUs as people name them.
func (k *Keeper) named(ctx context.Context, ids []model.GPUID) string {
	devices := k.devices()
	if len(devices) == 0 { // the first reading is on its way still
		devices = k.m.gpus.Sample(ctx).Devices
	}
	return model.NameGPUs(devices, ids)
}

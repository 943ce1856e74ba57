package backend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"berth/backend/engine"
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
	}
	return fmt.Errorf("no such step: %q", s)
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
	if err := k.m.engine.Remove(ctx, c.ID); err != nil {
		return err
	}
	k.record(ctx, i.ID, "recycle", "container %.12s removed", c.ID)
	return k.update(ctx, i.ID, func(i *model.Instance) { i.Container = "" })
}

// create makes the container. One that a killed keeper made and didn't write down is found by its name.
func (k *Keeper) create(ctx context.Context, i model.Instance) error {
	request, err := k.m.request(ctx, i)
	if err != nil {
		return err
	}
	id, err := k.m.engine.Create(ctx, request)
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
	if err := k.m.furnish(ctx, i, c); err != nil {
		return err
	}
	if err := k.m.handover.hand(ctx, i, c, k.devices()); err != nil {
		return err
	}
	err := k.m.engine.Start(ctx, c.ID)
	if errors.Is(err, engine.ErrPortTaken) && neverStarted(c) {
		return k.movePorts(ctx, i, c, err)
	}
	if err != nil {
		return err
	}
	if err := k.m.handover.verify(ctx, i, c); err != nil {
		// The engine has seen a start and an end that were nobody's: what counts is the next.
		return errors.Join(err, k.update(ctx, i.ID, func(i *model.Instance) { i.AskedAt = k.m.now() }))
	}
	if err := k.weigh(ctx, i, c); err != nil {
		k.record(ctx, i.ID, "weight", "%v", err) // it runs, and its part of contended time is off
	}
	k.record(ctx, i.ID, "start", "on %s", gpuWords(i))
	return k.update(ctx, i.ID, func(i *model.Instance) {
		i.Phase, i.StartedAt, i.ExitCode = model.PhaseConnecting, k.m.now(), model.Maybe[int]{}
		i.Message = "started"
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

// stop ends the container's processes. What follows depends on what is wanted: nextStep knows.
func (k *Keeper) stop(ctx context.Context, i model.Instance, c *engine.Container) error {
	if err := k.m.engine.Stop(ctx, c.ID, grace); err != nil {
		return err
	}
	k.record(ctx, i.ID, "stop", "container %.12s", c.ID)
	return nil
}

// settle releases the GPUs of an instance that doesn't run. They are taken back first, after which nobody can
// start its container with them; so one that isn't found running then, has them no more.
func (k *Keeper) settle(ctx context.Context, i model.Instance, p model.Phase, message string) error {
	if err := k.m.handover.takeBack(ctx, i); err != nil {
		return err
	}
	switch c, err := k.find(ctx, i); {
	case err != nil:
		return err
	case c != nil && alive(c):
		return errNotYet // somebody started it by hand meanwhile: the next look says what to do
	}
	return k.update(ctx, i.ID, func(i *model.Instance) {
		i.Phase, i.Message, i.GPUs, i.Pull = p, message, nil, model.Progress{}
		i.EndedAt = k.m.now()
	})
}

// exited settles an instance whose main process ended. An engine that is being shut down ends containers
// too, just before it stops answering: so it is asked once more after a moment, and an instance is called
// exited only by an engine that is still there.
func (k *Keeper) exited(ctx context.Context, i model.Instance, c *engine.Container) error {
	const moment = 300 * time.Millisecond
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(moment):
	}
	if _, err := k.m.engine.Facts(ctx); err != nil {
		return err
	}
	if k.outage().ended(c) { // it went and came back in that moment
		return errNotYet
	}
	message := fmt.Sprintf("its main process ended with exit code %d", c.ExitCode)
	if c.OOMKilled {
		message = "killed: out of memory"
	}
	k.record(ctx, i.ID, "exited", "%s", message)
	if err := k.settle(ctx, i, model.PhaseExited, message); err != nil {
		return err
	}
	return k.update(ctx, i.ID, func(i *model.Instance) { i.ExitCode = model.Known(c.ExitCode) })
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

func (k *Keeper) lost(ctx context.Context, i model.Instance) error {
	const message = "its container was removed by someone else"
	k.record(ctx, i.ID, "lost", message)
	if err := k.m.handover.takeBack(ctx, i); err != nil {
		return err
	}
	return k.update(ctx, i.ID, func(i *model.Instance) { giveBack(i, model.PhaseLost, message) })
}

// destroy removes everything of an instance; its row moves to history last, so that a keeper killed
// before that comes back to it.
func (k *Keeper) destroy(ctx context.Context, i model.Instance, c *engine.Container) error {
	if c != nil {
		if err := k.m.engine.Remove(ctx, c.ID); err != nil {
			return err
		}
	}
	if err := k.m.handover.takeBack(ctx, i); err != nil {
		return err
	}
	k.record(ctx, i.ID, "destroy", "%s", i.Label)
	return k.m.ledger.Remove(ctx, i.ID)
}

// failed ends an instance that can't be made or started, with the engine's words. One that never ran gives
// everything back; one that did keeps its container, ports and disk.
func (k *Keeper) failed(ctx context.Context, s step, i model.Instance, c *engine.Container, cause error) {
	if ctx.Err() != nil || errors.Is(cause, engine.ErrUnavailable) {
		return // told to let go, or the engine will be back: whoever comes next goes on from the record
	}
	k.record(ctx, i.ID, "failed", "%s: %v", s, cause)
	err := k.m.handover.takeBack(ctx, i)
	if c != nil && neverStarted(c) && err == nil {
		err = k.m.engine.Remove(ctx, c.ID)
	}
	kept := c != nil && !neverStarted(c)
	err = errors.Join(err, k.update(ctx, i.ID, func(i *model.Instance) {
		if kept {
			i.Phase, i.Message, i.GPUs = model.PhaseFailed, cause.Error(), nil
			return
		}
		giveBack(i, model.PhaseFailed, cause.Error())
	}))
	if err != nil {
		k.complain(ctx, i.ID, "giving back after a failure", err)
	}
}

// update changes the instance in the ledger.
func (k *Keeper) update(ctx context.Context, id model.InstanceID, change func(*model.Instance)) error {
	_, err := k.m.ledger.Update(ctx, id, func(i *model.Instance) error {
		change(i)
		return nil
	})
	return err
}

// giveBack strips an instance without a container of everything it holds. Its order stays, so that it can
// be started again.
func giveBack(i *model.Instance, p model.Phase, message string) {
	i.Phase, i.Message, i.Container, i.GPUs, i.Pull = p, message, "", nil, model.Progress{}
	i.Plan.Ports, i.Plan.Disk = unleased(i.Plan.Ports), 0
}

// unleased returns ports as they were asked for, without external numbers.
func unleased(ports []model.Port) []model.Port {
	out := make([]model.Port, len(ports))
	for n, p := range ports {
		p.External = 0
		if p.Asked >= model.IdentityBase {
			p.Internal = 0
		}
		out[n] = p
	}
	return out
}

func neverStarted(c *engine.Container) bool { return c.State == engine.Created && c.StartedAt.IsZero() }

func gpuWords(i model.Instance) string {
	if len(i.GPUs) == 0 {
		return "no GPU"
	}
	return fmt.Sprintf("%d GPUs %v", len(i.GPUs), i.GPUs)
}

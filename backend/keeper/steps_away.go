package keeper

import (
	"context"
	"errors"
	"fmt"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// The steps that take away. They are never given up: the ledger must not call something free that isn't.

// stop ends the container's processes. What follows depends on what is wanted: nextStep knows.
func (s *steps) stop(ctx context.Context, i model.Instance, c *engine.Container) error {
	if err := s.Engine.Stop(ctx, c.ID, grace); err != nil {
		return err
	}
	s.record(ctx, i.ID, "stop", "container %.12s", c.ID)
	return nil
}

// release releases the GPUs of an instance that doesn't run. They are taken back first, after which nobody can
// start its container with them; so one that isn't found running then, has them no more.
func (s *steps) release(ctx context.Context, i model.Instance, p model.Phase, message string) error {
	if err := s.Handover.TakeBack(ctx, i); err != nil {
		return err
	}
	switch c, err := s.find(ctx, i); {
	case err != nil:
		return err
	case c != nil && c.Alive():
		return errNotYet // somebody started it by hand meanwhile: the next look says what to do
	}
	return s.update(ctx, i.ID, func(i *model.Instance) {
		i.Phase, i.Message, i.GPUs, i.Pull = p, message, nil, model.Progress{}
		i.EndedAt = s.Now()
	})
}

// exited settles an instance whose main process ended. An engine that is being shut down ends containers
// too, just before it stops answering: so it is asked once more after a moment, and an instance is called
// exited only by an engine that is still there.
func (s *steps) exited(ctx context.Context, i model.Instance, c *engine.Container) error {
	const moment = 300 * time.Millisecond
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(moment):
	}
	if _, err := s.Engine.Facts(ctx); err != nil {
		return err
	}
	if s.outage().Ended(c) { // it went and came back in that moment
		return errNotYet
	}
	message := fmt.Sprintf("its main process ended with exit code %d", c.ExitCode)
	if c.OOMKilled {
		message = "killed: out of memory"
	}
	s.record(ctx, i.ID, "exited", "%s", message)
	if err := s.release(ctx, i, model.PhaseExited, message); err != nil {
		return err
	}
	return s.update(ctx, i.ID, func(i *model.Instance) { i.ExitCode = model.Known(c.ExitCode) })
}

func (s *steps) lost(ctx context.Context, i model.Instance) error {
	const message = "its container was removed by someone else"
	s.record(ctx, i.ID, "lost", message)
	if err := s.Handover.TakeBack(ctx, i); err != nil {
		return err
	}
	return s.update(ctx, i.ID, func(i *model.Instance) { giveBack(i, model.PhaseLost, message) })
}

// destroy removes everything of an instance; its row moves to history last, so that a keeper killed
// before that comes back to it.
func (s *steps) destroy(ctx context.Context, i model.Instance, c *engine.Container) error {
	if c != nil {
		if err := s.Engine.Remove(ctx, c.ID); err != nil {
			return err
		}
	}
	if err := s.Handover.TakeBack(ctx, i); err != nil {
		return err
	}
	s.record(ctx, i.ID, "destroy", "%s", i.Label)
	return s.Ledger.Remove(ctx, i.ID)
}

// failed ends an instance that can't be made or started, with the engine's words. One that never ran gives
// everything back; one that did keeps its container, ports and disk.
func (s *steps) failed(ctx context.Context, at step, i model.Instance, c *engine.Container, cause error) {
	if ctx.Err() != nil || errors.Is(cause, engine.ErrUnavailable) {
		return // told to let go, or the engine will be back: whoever comes next goes on from the record
	}
	s.record(ctx, i.ID, "failed", "%s: %v", at, cause)
	err := s.Handover.TakeBack(ctx, i)
	if c != nil && neverStarted(c) && err == nil {
		err = s.Engine.Remove(ctx, c.ID)
	}
	kept := c != nil && !neverStarted(c)
	err = errors.Join(err, s.update(ctx, i.ID, func(i *model.Instance) {
		if kept {
			i.Phase, i.Message, i.GPUs = model.PhaseFailed, cause.Error(), nil
			return
		}
		giveBack(i, model.PhaseFailed, cause.Error())
	}))
	if err != nil {
		s.complain(ctx, i.ID, "giving back after a failure", err)
	}
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

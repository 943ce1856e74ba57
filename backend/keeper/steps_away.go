package keeper

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"berth/backend/engine"
	"berth/backend/ledger"
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
func (s *steps) release(ctx context.Context, i model.Instance, p model.Phase, message string, more ...func(*model.Instance)) error {
	if err := s.Handover.TakeBack(ctx, i); err != nil {
		return err
	}
	c, err := s.find(ctx, i)
	switch {
	case err != nil:
		return err
	case c != nil && c.Alive():
		return errNotYet // somebody started it by hand meanwhile: the next look says what to do
	}
	return s.write(ctx, i, func(i *model.Instance) {
		i.Phase, i.Message, i.GPUs, i.Pull = p, message, nil, model.Progress{}
		i.EndedAt, i.Starting = s.Now(), false
		if c != nil {
			i.StartedAt = c.StartedAt // the last run is over, whether or not its start came to be written down
		}
		for _, change := range more {
			change(i)
		}
	})
}

// exited releases an instance whose main process ended. An engine that is being shut down ends containers too, and
// tells so: so the end counts when the world shows it too, which knows of all that was told before. One that turns out
// to have been a farewell after all is made good when the engine is back (see stepRevive).
func (s *steps) exited(ctx context.Context, i model.Instance, c *engine.Container) error {
	if !s.sawEnd(c) {
		return errNotYet
	}
	message := endOf(c, "")
	if c.ExitCode != 0 && !c.OOMKilled {
		message = endOf(c, s.Inside.LastWords(ctx, c.ID))
	}
	s.record(ctx, i.ID, "exited", "%s", message)
	return s.release(ctx, i, model.PhaseExited, message, func(i *model.Instance) {
		i.ExitCode = model.Known(c.ExitCode)
	})
}

// endOf says how a container ended: by its exit code, and by its last words where they tell of a limit of ours. A program
// that can't begin one more process ends with a code that says nothing.
func endOf(c *engine.Container, lastWords string) string {
	if c.OOMKilled {
		return "killed: out of memory"
	}
	message := fmt.Sprintf("its main process ended with exit code %d", c.ExitCode)
	for _, words := range []string{"annot fork", "fork: retry", "Resource temporarily unavailable", "an't start new thread", "pthread_create failed", "EAGAIN"} {
		if c.Resources.Pids > 0 && strings.Contains(lastWords, words) {
			return message + fmt.Sprintf(": it had as many processes and threads as it may (%d); more GPUs or a larger share allow more", c.Resources.Pids)
		}
	}
	if meaning := codes[c.ExitCode]; meaning != "" {
		return message + ": " + meaning
	}
	return message
}

// codes are the exit codes that mean the same whatever the program: a shell's own, and 128 and a signal's number.
var codes = map[int]string{
	126: "a command that it calls may not be executed",
	127: "a command that it calls isn't there",
	130: "it was interrupted (SIGINT)",
	132: "it asked the processor for what that can't do (SIGILL): it is made for a newer one",
	134: "it gave up by itself (SIGABRT)",
	135: "memory that it uses went away (SIGBUS): /dev/shm or a disk is full",
	136: "it calculated what has no result (SIGFPE)",
	137: "it was killed (SIGKILL), perhaps for lack of memory",
	139: "it touched memory that isn't its own (SIGSEGV)",
	143: "somebody asked it to end (SIGTERM)",
}

func (s *steps) lost(ctx context.Context, i model.Instance) error {
	const message = "its container was removed by someone else"
	s.record(ctx, i.ID, "lost", message)
	if err := s.Handover.TakeBack(ctx, i); err != nil {
		return err
	}
	return s.write(ctx, i, func(i *model.Instance) { giveBack(i, model.PhaseLost, message) })
}

// destroy removes everything of an instance, also what it has by its name alone; its row moves to history last, so that
// a keeper killed before that comes back to it.
func (s *steps) destroy(ctx context.Context, i model.Instance, c *engine.Container) error {
	for ; c != nil; i.Container = "" { // then by its names
		if err := s.Engine.Remove(ctx, c.ID); err != nil && !errors.Is(err, engine.ErrNotFound) {
			return err
		}
		var err error
		nameless := i
		nameless.Container = ""
		if c, err = s.find(ctx, nameless); err != nil {
			return err
		}
	}
	if err := s.Handover.TakeBack(ctx, i); err != nil {
		return err
	}
	s.dropKept(ctx, i, "")
	s.record(ctx, i.ID, "destroy", "%s", i.Label)
	return s.written(ctx, s.Ledger.Remove(ctx, i))
}

// failed ends an instance that can't be made or started, with the engine's words. One that never ran gives
// everything back; one that did keeps its container, ports and disk. An error alone ends nothing: what has come of the
// instance is asked of the engine once more, and what runs, runs.
func (s *steps) failed(ctx context.Context, at step, i model.Instance, cause error) {
	if ctx.Err() != nil || errors.Is(cause, engine.ErrUnavailable) || errors.Is(cause, ledger.ErrDeposed) {
		return // told to let go, or the engine will be back: whoever comes next goes on from the record
	}
	c, err := s.find(ctx, i)
	if err != nil || c != nil && c.Alive() {
		s.complain(ctx, i.ID, "after a failure it runs: "+string(at), errors.Join(cause, err))
		return
	}
	cause = s.namePortHolder(i, cause)
	cause = explained(model.AreaStart, cause, model.Subject{Image: i.Order.Image, Registry: i.Order.Registry})
	s.record(ctx, i.ID, "failed", "%s: %v", at, cause)
	if err := s.Handover.TakeBack(ctx, i); err != nil {
		s.complain(ctx, i.ID, "taking GPUs back after a failure", err)
		return
	}
	kept := c != nil && !neverStarted(c)
	if c != nil && !kept {
		if err := s.Engine.Remove(ctx, c.ID); err != nil && !errors.Is(err, engine.ErrNotFound) {
			s.complain(ctx, i.ID, "removing what failed", err)
			return
		}
	}
	if err := s.write(ctx, i, func(i *model.Instance) {
		if kept {
			i.Phase, i.Message, i.GPUs = model.PhaseFailed, cause.Error(), nil
			i.Plan.PortHeld = errors.Is(cause, engine.ErrPortTaken)
			i.Container, i.StartedAt, i.Starting = c.ID, c.StartedAt, false
			return
		}
		giveBack(i, model.PhaseFailed, cause.Error())
	}); err != nil {
		s.complain(ctx, i.ID, "giving back after a failure", err)
	}
}

// namePortHolder adds to the engine's refusal of a port who has it, and what to do.
func (s *steps) namePortHolder(i model.Instance, cause error) error {
	if !errors.Is(cause, engine.ErrPortTaken) {
		return cause
	}
	w, _ := s.World.Last()
	for _, c := range w.Containers {
		for _, theirs := range c.Ports {
			for _, ours := range i.Plan.Ports {
				if c.ID != i.Container && c.Alive() && theirs.Protocol == ours.Protocol && theirs.External == ours.External {
					return fmt.Errorf("%w; container %s has port %d: stop it and start again, or start on new ports (berth start %s --new-ports)", cause, c.Name, ours.External, i.ID)
				}
			}
		}
	}
	return fmt.Errorf("%w; no container has it: the engine has leaked it; start on new ports (berth start %s --new-ports), or restart the engine", cause, i.ID)
}

// giveBack strips an instance without a container of everything it holds. Its order stays, so that it can
// be started again.
func giveBack(i *model.Instance, p model.Phase, message string) {
	i.Phase, i.Message, i.Container, i.GPUs, i.Pull = p, message, "", nil, model.Progress{}
	i.Plan.Ports, i.Plan.Disk, i.Starting = model.Unleased(i.Plan.Ports), 0, false
}

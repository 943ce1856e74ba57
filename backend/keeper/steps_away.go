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

// The steps that take things away. They are retried forever: the ledger must not call something free that isn't.

// stop ends the container's processes. nextStep decides what follows.
func (s *steps) stop(ctx context.Context, i model.Instance, c *engine.Container) error {
	if err := s.Engine.Stop(ctx, c.ID, grace); err != nil {
		return err
	}
	s.record(ctx, i.ID, "stop", "container %.12s", c.ID)
	return nil
}

// release releases the GPUs of an instance that doesn't run. It takes the GPUs back from the container first. After
// that nobody can start the container with them, so if it isn't running then, it doesn't have them any more.
func (s *steps) release(ctx context.Context, i model.Instance, p model.Phase, message string, more ...func(*model.Instance)) error {
	if err := s.Handover.TakeBack(ctx, i); err != nil {
		return err
	}
	c, err := s.find(ctx, i)
	switch {
	case err != nil:
		return err
	case c != nil && c.Alive():
		return errNotYet // somebody started it by hand meanwhile: the next look decides
	}
	return s.write(ctx, i, func(i *model.Instance) {
		i.Phase, i.Message, i.GPUs, i.Pull = p, message, nil, model.Progress{}
		i.EndedAt, i.Starting = s.Now(), 0
		if c != nil {
			i.StartedAt = c.StartedAt // the last run is over, whether or not its start was written
		}
		for _, change := range more {
			change(i)
		}
	})
}

// exited releases an instance whose main process ended. An engine that is shutting down ends containers too, and
// reports their ends before it goes. So an end counts only when the world shows it too, because the world knows of all
// earlier events. If the end turns out to be an outage's all the same, stepRevive repairs that when the engine is back.
func (s *steps) exited(ctx context.Context, i model.Instance, c *engine.Container) error {
	if !s.sawEnd(c) {
		return errNotYet
	}
	message := endOf(c, func(lines int) string { return s.Inside.LogTail(ctx, c.ID, lines) })
	s.record(ctx, i.ID, "exited", "%s", message)
	return s.release(ctx, i, model.PhaseExited, message, func(i *model.Instance) {
		i.ExitCode = model.Known(c.ExitCode)
	})
}

// endOf says how a container ended: by its exit code, and by its log if that tells of the limit on processes. A program
// that can't start another process ends with an exit code that says nothing. lastLines reads that many lines of the log.
func endOf(c *engine.Container, lastLines func(int) string) string {
	if c.OOMKilled {
		return "killed: out of memory"
	}
	message := fmt.Sprintf("its main process ended with exit code %d", c.ExitCode)
	if c.ExitCode != 0 && c.Resources.Pids > 0 && endedByPids(c, lastLines) {
		return message + fmt.Sprintf(": it had as many processes and threads as it may (%d); more GPUs or a larger share allow more", c.Resources.Pids)
	}
	if meaning := exitMeanings[c.ExitCode]; meaning != "" {
		return message + ": " + meaning
	}
	return message
}

// endedByPids reports whether a container's log tells that it couldn't start another process or thread. Most programs
// say so last. Go's runtime writes the stack of each goroutine after it, and ends with 2.
func endedByPids(c *engine.Container, lastLines func(int) string) bool {
	const (
		atTheEnd = 20
		goStacks = 40000
		goExits  = 2
	)
	words := strings.ToLower(lastLines(atTheEnd))
	for _, says := range []string{
		"annot fork", "an't fork", "fork: retry", "resource temporarily unavailable", "an't start new thread", "pthread_create failed", "spawn eagain",
		"unable to create native thread", "failed to create new os thread", "uv_thread_create",
	} {
		if strings.Contains(words, says) {
			return true
		}
	}
	return c.ExitCode == goExits && strings.Contains(lastLines(goStacks), "failed to create new OS thread")
}

// exitMeanings are the exit codes that mean the same for every program: a shell's own, and 128 plus a signal's number.
var exitMeanings = map[int]string{
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

// destroy removes everything of an instance, including containers that are only known by its names. Its row moves to
// history last, so that after a crash the next keeper repeats the step.
func (s *steps) destroy(ctx context.Context, i model.Instance, c *engine.Container) error {
	for ; c != nil; i.Container = "" { // after the container in the row, those with its names
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
	s.removeKeptImages(ctx, i, "")
	s.record(ctx, i.ID, "destroy", "%s", i.Label)
	return s.classifyWrite(ctx, s.Ledger.Remove(ctx, i))
}

// failed ends an instance that can't be created or started, with the engine's message. An instance that never ran gives
// everything back; one that did keeps its container, ports and disk. An error alone ends nothing: the engine is asked
// once more, and if the container runs, it stays.
func (s *steps) failed(ctx context.Context, at step, i model.Instance, cause error) {
	if ctx.Err() != nil || errors.Is(cause, engine.ErrUnavailable) || errors.Is(cause, ledger.ErrDeposed) {
		return // cancelled, or the engine will be back: the next worker goes on from the row
	}
	c, err := s.find(ctx, i)
	if err != nil || c != nil && c.Alive() {
		s.complain(ctx, i.ID, "after a failure it runs: "+string(at), errors.Join(cause, err))
		return
	}
	cause = s.namePortHolder(i, cause)
	cause = model.Told(model.AreaStart, cause, model.Subject{Image: i.Order.Image, Registry: i.Order.Registry})
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
			i.Phase, i.Message, i.GPUs, i.Plan.Renewal = model.PhaseFailed, cause.Error(), nil, nil
			i.Plan.PortHeld = errors.Is(cause, engine.ErrPortTaken)
			i.Container, i.StartedAt, i.Starting = c.ID, c.StartedAt, 0
			return
		}
		giveBack(i, model.PhaseFailed, cause.Error())
	}); err != nil {
		s.complain(ctx, i.ID, "giving back after a failure", err)
	}
}

// namePortHolder adds to the engine's refusal of a port which container has the port, and what to do.
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

// giveBack strips an instance without a container of everything it holds. Its order stays, so that it can be started
// again, as what it was being recycled as, if it was.
func giveBack(i *model.Instance, p model.Phase, message string) {
	i.Renew()
	i.Phase, i.Message, i.Container, i.GPUs, i.Pull = p, message, "", nil, model.Progress{}
	i.Plan.Ports, i.Plan.Disk, i.Starting = model.Unleased(i.Plan.Ports), 0, 0
}

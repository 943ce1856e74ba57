package keeper

import (
	"context"
	"errors"
	"fmt"
	"time"

	"berth/backend/engine"
	"berth/backend/guest/files"
	"berth/backend/handover"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/model"
)

// grace is how long an instance has after SIGTERM to end by itself.
const grace = 10 * time.Second

// steps are what workers do. Each brings one instance nearer to what is wanted of it.
type steps struct {
	*shared
	maker
}

// do takes one step. It returns nil if the step is done, errNotYet if it must be taken again, and any other error if it
// can't be done.
func (s *steps) do(ctx context.Context, next step, i model.Instance, c *engine.Container) error {
	switch next {
	case stepPull:
		return s.pull(ctx, i, i.Plan.Fresh)
	case stepRefresh:
		return s.recycle(ctx, i, c)
	case stepCreate:
		return s.create(ctx, i)
	case stepRevive:
		return s.revive(ctx, i)
	case stepStart:
		return s.start(ctx, i, c)
	case stepProbe:
		return s.probe(ctx, i, c)
	case stepTake:
		return s.take(ctx, i, c)
	case stepStop:
		return s.stop(ctx, i, c)
	case stepRelease:
		return s.release(ctx, i, model.PhaseStopped, stoppedWords(i))
	case stepExited:
		return s.exited(ctx, i, c)
	case stepLost:
		return s.lost(ctx, i)
	case stepDestroy:
		return s.destroy(ctx, i, c)
	default:
		return fmt.Errorf("no worker takes the step %q", next)
	}
}

// stoppedWords say that an instance was stopped, and why where no user ordered it.
func stoppedWords(i model.Instance) string {
	if i.Plan.Stopped != "" {
		return "stopped: " + i.Plan.Stopped
	}
	return "stopped"
}

// pull makes sure that the image is on the engine, and adds the ports it exposes to the plan.
func (s *steps) pull(ctx context.Context, i model.Instance, fresh bool) error {
	image, err := s.image(ctx, i, fresh)
	if err != nil {
		return err
	}
	err = s.reserve(ctx, i, func(i *model.Instance, p ledger.Promises) error {
		if err := s.promiseAgain(i, p); err != nil {
			return err
		}
		ports, err := model.WithExposed(i.Plan.Ports, image.Exposed)
		if err != nil {
			return err
		}
		if i.Plan.Ports, err = s.choosePorts(ports, p); err != nil {
			return err
		}
		i.Phase, i.Pull, i.Message, i.Plan.Fresh = model.PhaseStarting, model.Progress{}, "image is there", false
		return nil
	})
	return err
}

// recycle fetches the image first, so that a failure leaves the old container in place, and then removes the container.
func (s *steps) recycle(ctx context.Context, i model.Instance, c *engine.Container) error {
	if i.Plan.NewPorts {
		return s.rehouse(ctx, i, c)
	}
	image, err := s.image(ctx, i.Renewed(), true)
	if err != nil {
		return s.recycleFailed(ctx, i, c, err)
	}
	if _, err := model.WithExposed(i.Renewed().Plan.Ports, image.Exposed); err != nil {
		return s.recycleFailed(ctx, i, c, err)
	}
	if err := s.Engine.Stop(ctx, c.ID, grace); err != nil && !errors.Is(err, engine.ErrNotFound) {
		return err
	}
	if err := s.keepHostKey(ctx, i, c); err != nil {
		return err
	}
	if err := s.Handover.TakeBack(ctx, i); err != nil { // the next start hands the GPUs over again
		return err
	}
	// Written first: an order that comes meanwhile finds the container gone, and must know that it was us.
	if err := s.write(ctx, i, func(i *model.Instance) { i.Plan.Removing, i.Plan.Kept = c.ID, "" }); err != nil {
		return err
	}
	if err := s.Engine.Remove(ctx, c.ID); err != nil {
		return err
	}
	s.record(ctx, i.ID, "recycle", "container %.12s removed", c.ID)
	if err := s.reserve(ctx, i, func(i *model.Instance, p ledger.Promises) error {
		i.Container, i.Plan.Removing = "", ""
		i.Renew()
		ports, err := model.WithExposed(i.Plan.Ports, image.Exposed)
		if err != nil {
			return err
		}
		i.Plan.Ports, err = s.choosePorts(ports, p)
		return err
	}); err != nil {
		return err
	}
	s.removeKeptImages(ctx, i, "")
	return nil
}

// recycleFailed has an instance that runs go on as it is when its new image can't be had, and says so. One that
// doesn't run fails with its old container kept, as after every other failure.
func (s *steps) recycleFailed(ctx context.Context, i model.Instance, c *engine.Container, cause error) error {
	if !c.Alive() || ctx.Err() != nil || errors.Is(cause, engine.ErrUnavailable) || errors.As(cause, new(storageError)) {
		return cause
	}
	for _, answer := range []error{ledger.ErrStale, ledger.ErrDeposed, model.ErrNoInstance} {
		if errors.Is(cause, answer) {
			return cause
		}
	}
	s.record(ctx, i.ID, "recycle", "given up, and it runs on as it is: %v", cause)
	return s.write(ctx, i, func(i *model.Instance) {
		i.Phase, i.Plan.Renewal, i.Pull = model.PhaseRunning, nil, model.Progress{}
		i.Message = "not recycled, it runs on as it is: " + cause.Error()
	})
}

// keepHostKey saves the SSH server's host key before its container is removed, so that SSH clients don't warn of a
// changed host. A container that was never started has no key yet.
func (s *steps) keepHostKey(ctx context.Context, i model.Instance, c *engine.Container) error {
	if !i.Order.Mode.Launcher() {
		return nil
	}
	key, err := s.Inside.ReadFile(ctx, c.ID, files.HostKey)
	switch {
	case errors.Is(err, engine.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return s.write(ctx, i, func(i *model.Instance) { i.Plan.HostKey = string(key) })
}

// start gives the container its GPUs and starts it. The row says before the call that a start is under way. So a run
// that the ledger doesn't know wasn't started here.
func (s *steps) start(ctx context.Context, i model.Instance, c *engine.Container) error {
	if ok, err := s.asPromised(ctx, i, c); !ok || err != nil {
		return err
	}
	if err := s.furnished(ctx, i, c); err != nil {
		return err
	}
	if i.Phase != model.PhaseStarting || i.Container != c.ID || !startsForWish(i) {
		if err := s.write(ctx, i, func(i *model.Instance) {
			i.Phase, i.Container, i.Starting, i.StartedAt = model.PhaseStarting, c.ID, i.Wish, c.StartedAt
		}); err != nil {
			return err
		}
		i.Starting, i.StartedAt = i.Wish, c.StartedAt
	}
	if err := s.putBack(ctx, i, c); err != nil {
		return err
	}
	if err := s.putFiles(ctx, i, c); err != nil {
		return err
	}
	if err := s.Handover.Hand(ctx, i, c, s.devices()); err != nil {
		if !errors.Is(err, handover.ErrUnanswered) {
			return s.asStorageError(ctx, err)
		}
		err = fmt.Errorf("%w: %w", err, errNotYet)
		return errors.Join(err, s.say(ctx, i, err.Error()))
	}
	if err := s.checkLease(ctx, i); err != nil {
		return errors.Join(err, s.Handover.TakeBack(ctx, i))
	}
	err := s.Engine.Start(ctx, c.ID)
	if errors.Is(err, engine.ErrNotFound) { // the container exists, as seen above: its network was created again
		return errors.Join(errNotYet, s.Engine.Connect(ctx, label.Network, c.ID))
	}
	if errors.Is(err, engine.ErrPortTaken) && neverStarted(c) {
		return s.movePorts(ctx, i, c, err)
	}
	if errors.Is(err, engine.ErrLeftBehind) {
		return s.endLeftBehind(ctx, i, c, err)
	}
	if err != nil {
		return err
	}
	if err := s.Handover.Verify(ctx, i, c); err != nil {
		return s.recordWrongStart(ctx, i, c, err)
	}
	if err := s.correctWeight(ctx, i, c); err != nil {
		s.record(ctx, i.ID, "weight", "%v", err) // it runs; only its share of contended CPU time is off
	}
	s.record(ctx, i.ID, "start", "on %s", s.gpuNames(ctx, i.GPUs))
	now, err := s.Engine.Inspect(ctx, c.ID)
	if err != nil {
		return err
	}
	return s.write(ctx, i, func(i *model.Instance) {
		i.StartedAt, i.Starting, i.ExitCode = now.StartedAt, 0, model.Maybe[int]{}
		i.Phase, i.Message = model.PhaseConnecting, "started"
	})
}

// endLeftBehind ends the run that an engine forgot when it was killed. containerd forgets it a moment later, and one of
// the next tries of the start succeeds.
func (s *steps) endLeftBehind(ctx context.Context, i model.Instance, c *engine.Container, cause error) error {
	err := s.Engine.EndLeftBehind(c.ID)
	if errors.Is(err, engine.ErrNoShim) { // it has ended just now, or is another machine's
		return cause
	}
	if err != nil {
		return fmt.Errorf("%w; this keeper may not end it: %w", cause, err)
	}
	s.record(ctx, i.ID, "end", "a run of container %.12s that the engine had forgotten when it was killed", c.ID)
	return cause
}

// checkLease checks, after GPUs were handed to an instance, that they are still the instance's. What runs outranks what
// is written: a container may run on these GPUs whose row doesn't say so, or which has no row, because an old ledger
// was brought back. This start then waits until the keeper has written down what that container really has, which takes
// the GPUs from this instance. Whoever gives the GPUs to that container afterwards takes back what others were handed,
// so at least one side sees the other.
func (s *steps) checkLease(ctx context.Context, i model.Instance) error {
	if len(i.GPUs) == 0 {
		return nil
	}
	now, err := s.Ledger.Instance(ctx, i.ID)
	if err != nil {
		return s.classifyWrite(ctx, err)
	}
	if !model.SameGPUs(now.GPUs, i.GPUs) {
		return fmt.Errorf("%s: its GPUs are another's by now: %w", i.ID, ledger.ErrStale)
	}
	w, _ := s.World.Last()
	for _, c := range w.Containers {
		if row, known := w.InstanceOf(c); known && row.ID == i.ID || !c.Alive() || !w.Proven(c) {
			continue
		}
		if gpus, told := s.Handover.Given(ctx, &c); !told || !model.ShareGPUs(gpus, i.GPUs) {
			continue
		}
		if now, err := s.Engine.Inspect(ctx, c.ID); err == nil && now.Alive() { // the world may be a moment old
			return fmt.Errorf("waits for %s, which runs on its GPUs: %w", c.Name, errNotYet)
		}
	}
	return nil
}

// recordWrongStart writes down the start time of a run that was ended because it had the wrong GPUs. So nobody takes
// its end for the instance's own; the next start counts.
func (s *steps) recordWrongStart(ctx context.Context, i model.Instance, c *engine.Container, cause error) error {
	now, err := s.Engine.Inspect(ctx, c.ID)
	if err != nil {
		return errors.Join(cause, err)
	}
	return errors.Join(cause, s.write(ctx, i, func(i *model.Instance) { i.StartedAt = now.StartedAt }))
}

// say writes an instance's message, unless the row has it already.
func (s *shared) say(ctx context.Context, i model.Instance, message string) error {
	if i.Message == message {
		return nil
	}
	return s.write(ctx, i, func(i *model.Instance) { i.Message = message })
}

// probe checks once whether a running instance answers, and writes what it waits for.
func (s *steps) probe(ctx context.Context, i model.Instance, c *engine.Container) error {
	a := s.Inside.Ask(ctx, i, c, s.facts().Local)
	phase, message := model.PhaseRunning, a.Says+diskException(i.Plan)
	if len(c.Networks) == 0 {
		message += "; it has no network: somebody disconnected it, and a reboot connects it again"
	}
	if a.Waits {
		phase = model.PhaseConnecting
	}
	if !a.Waits || message != i.Message || i.Phase != phase {
		if err := s.write(ctx, i, func(i *model.Instance) {
			i.Phase, i.Message, i.Container, i.StartedAt, i.Starting = phase, message, c.ID, c.StartedAt, 0
			if !a.Waits {
				i.Silent, i.Secure = a.Silent, a.Secure
			}
		}); err != nil {
			return err
		}
	}
	if a.Waits {
		return errNotYet
	}
	return nil
}

// movePorts gives an instance that never ran other ports, because somebody took one between the choice and the start.
// Nothing is lost by creating its container again.
func (s *steps) movePorts(ctx context.Context, i model.Instance, c *engine.Container, cause error) error {
	if err := s.Engine.Remove(ctx, c.ID); err != nil {
		return err
	}
	s.record(ctx, i.ID, "ports", "chosen anew: %v", cause)
	err := s.reserve(ctx, i, func(i *model.Instance, p ledger.Promises) error {
		ports, err := s.choosePorts(model.Unleased(i.Plan.Ports), p)
		i.Plan.Ports, i.Container = ports, ""
		return err
	})
	return err
}

// revive restarts an instance that an outage ended. It has given its GPUs back and has to be scheduled again.
func (s *steps) revive(ctx context.Context, i model.Instance) error {
	s.record(ctx, i.ID, "revive", "the engine's going had ended it")
	return s.write(ctx, i, func(i *model.Instance) {
		i.AskedAt, i.ExitCode, i.Phase = s.Now(), model.Maybe[int]{}, model.PhaseStarting
		if i.Order.GPUs > 0 {
			i.Phase = model.PhaseScheduling
		}
	})
}

func neverStarted(c *engine.Container) bool { return c.State == engine.Created && c.StartedAt.IsZero() }

// promiseAgain promises an instance its disk again, which it gave back when it failed.
func (s *steps) promiseAgain(i *model.Instance, p ledger.Promises) error {
	if i.Plan.Disk > 0 {
		return nil
	}
	w, _ := s.World.Last()
	plan, faults := model.Propose(i.Order, w.Capacity(p, model.Account{Owner: i.Owner}))
	if err := faults.Of("disk").Err(); err != nil {
		return err
	}
	i.Plan.Disk = plan.Disk
	return nil
}

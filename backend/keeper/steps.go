package keeper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"berth/backend/engine"
	"berth/backend/guest/files"
	"berth/backend/handover"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/model"
)

// Grace is how long an instance has to end by itself after SIGTERM.
const grace = 10 * time.Second

// steps are what workers do: each brings one instance nearer to what is wanted of it.
type steps struct {
	*desk
	maker
}

// do takes one step. It returns nil when the step is done, errNotYet when it must be taken again, and any
// other error when it can't be done.
func (s *steps) do(ctx context.Context, next step, i model.Instance, c *engine.Container) error {
	switch next {
	case stepPull:
		return s.pull(ctx, i, false)
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
		return s.release(ctx, i, model.PhaseStopped, "stopped")
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

// pull sees that the image is on the engine and completes the plan with the ports it exposes.
func (s *steps) pull(ctx context.Context, i model.Instance, fresh bool) error {
	image, err := s.image(ctx, i, fresh)
	if err != nil {
		return err
	}
	_, err = s.reserve(ctx, i, func(i *model.Instance, p ledger.Promises) error {
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
		i.Phase, i.Pull, i.Message = model.PhaseStarting, model.Progress{}, "image is there"
		return nil
	})
	return err
}

// recycle fetches the image anew first, so that a failure leaves the old container, then removes that.
func (s *steps) recycle(ctx context.Context, i model.Instance, c *engine.Container) error {
	if i.Plan.NewPorts {
		return s.rehouse(ctx, i, c)
	}
	if _, err := s.image(ctx, i, true); err != nil {
		return err
	}
	if err := s.Engine.Stop(ctx, c.ID, grace); err != nil && !errors.Is(err, engine.ErrNotFound) {
		return err
	}
	if err := s.keepHostKey(ctx, i, c); err != nil {
		return err
	}
	if err := s.Handover.TakeBack(ctx, i); err != nil { // the next start is handed them anew
		return err
	}
	// Whatever is ordered meanwhile finds the container gone, and by whom.
	if err := s.write(ctx, i, func(i *model.Instance) { i.Plan.Removing, i.Plan.Kept = c.ID, "" }); err != nil {
		return err
	}
	if err := s.Engine.Remove(ctx, c.ID); err != nil {
		return err
	}
	s.record(ctx, i.ID, "recycle", "container %.12s removed", c.ID)
	if err := s.write(ctx, i, func(i *model.Instance) { i.Container, i.Plan.Removing = "", "" }); err != nil {
		return err
	}
	s.dropKept(ctx, i, "")
	return nil
}

// keepHostKey writes down the SSH server's own key before the container that holds it goes, so that nobody is
// warned of a stranger. One that was never started has none yet.
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

// create makes the container. One that a killed keeper made and didn't write down is found by its name.
func (s *steps) create(ctx context.Context, i model.Instance) error {
	portless := slices.ContainsFunc(i.Plan.Ports, func(p model.Port) bool { return p.External == 0 })
	if portless || i.Order.GPUs > 0 && len(i.GPUs) == 0 { // these first; of a container that was removed nothing is left
		return s.write(ctx, i, func(i *model.Instance) {
			i.Phase, i.Container, i.Plan.NewPorts = model.PhaseCreating, "", false
		})
	}
	i, err := s.decideDisk(ctx, i)
	if err != nil {
		return err
	}
	request, err := s.request(ctx, i)
	if err != nil {
		return err
	}
	if err := s.Handover.TakeBack(ctx, i); err != nil { // what another of its number was handed isn't its
		return err
	}
	c, err := s.createNamed(ctx, i, request)
	if errors.Is(err, engine.ErrDiskQuota) && request.Resources.DiskSize > 0 {
		return s.letGoOfDisk(ctx, i, err)
	}
	if errors.Is(err, engine.ErrNotFound) && i.Phase != model.PhaseRecycling { // the image went since it was pulled
		return s.write(ctx, i, func(i *model.Instance) { i.Phase = model.PhaseCreating })
	}
	if err != nil {
		return err
	}
	s.record(ctx, i.ID, "create", "container %.12s from %s", c.ID, i.Image())
	return s.write(ctx, i, func(i *model.Instance) {
		i.Container, i.Phase, i.CreatedAt = c.ID, model.PhaseStarting, s.Now()
		i.Starting, i.StartedAt, i.Plan.Removing = true, c.StartedAt, ""
	})
}

// start hands in the GPUs and starts the container. That a start is under way is written down before it is made: a run
// that the ledger knows nothing of didn't come from here.
func (s *steps) start(ctx context.Context, i model.Instance, c *engine.Container) error {
	if ok, err := s.asPromised(ctx, i, c); !ok || err != nil {
		return err
	}
	if i.Phase != model.PhaseStarting || i.Container != c.ID || !i.Starting {
		if err := s.write(ctx, i, func(i *model.Instance) {
			i.Phase, i.Container, i.Starting, i.StartedAt = model.PhaseStarting, c.ID, true, c.StartedAt
		}); err != nil {
			return err
		}
		i.Starting, i.StartedAt = true, c.StartedAt
	}
	if err := s.putBack(ctx, i, c); err != nil {
		return err
	}
	if err := s.putFiles(ctx, i, c); err != nil {
		return err
	}
	if err := s.Handover.Hand(ctx, i, c, s.devices()); err != nil {
		if !errors.Is(err, handover.ErrUnanswered) {
			return s.unwritable(ctx, err)
		}
		err = fmt.Errorf("%w: %w", err, errNotYet)
		return errors.Join(err, s.say(ctx, i, err.Error()))
	}
	if err := s.stillIts(ctx, i); err != nil {
		return errors.Join(err, s.Handover.TakeBack(ctx, i))
	}
	err := s.Engine.Start(ctx, c.ID)
	if errors.Is(err, engine.ErrNotFound) { // it is there, as was seen: it is its network that was made anew
		return errors.Join(errNotYet, s.Engine.Connect(ctx, label.Network, c.ID))
	}
	if errors.Is(err, engine.ErrPortTaken) && neverStarted(c) {
		return s.movePorts(ctx, i, c, err)
	}
	if err != nil {
		return err
	}
	if err := s.Handover.Verify(ctx, i, c); err != nil {
		return s.startedWrongly(ctx, i, c, err)
	}
	if err := s.weigh(ctx, i, c); err != nil {
		s.record(ctx, i.ID, "weight", "%v", err) // it runs, and its part of contended time is off
	}
	s.record(ctx, i.ID, "start", "on %s", s.named(ctx, i.GPUs))
	now, err := s.Engine.Inspect(ctx, c.ID)
	if err != nil {
		return err
	}
	return s.write(ctx, i, func(i *model.Instance) {
		i.StartedAt, i.Starting, i.ExitCode = now.StartedAt, false, model.Maybe[int]{}
		i.Phase, i.Message = model.PhaseConnecting, "started"
	})
}

// stillIts sees, once its GPUs are handed to an instance, that they are its own still. What runs outranks what is written:
// since its row was read a container that runs on them may have come to light. Whoever gives them to that one takes back
// afterwards what others were handed, so one of both sees the other.
func (s *steps) stillIts(ctx context.Context, i model.Instance) error {
	if len(i.GPUs) == 0 {
		return nil
	}
	now, err := s.Ledger.Instance(ctx, i.ID)
	if err != nil {
		return s.written(ctx, err)
	}
	if !model.SameGPUs(now.GPUs, i.GPUs) {
		return fmt.Errorf("%s: its GPUs are another's by now: %w", i.ID, ledger.ErrStale)
	}
	w, _ := s.World.Last()
	for _, c := range w.Containers {
		if _, known := w.InstanceOf(c); known || !c.Alive() || !w.Proven(c) {
			continue
		}
		if gpus, told := s.Handover.Given(ctx, &c); told && model.ShareGPUs(gpus, i.GPUs) {
			return fmt.Errorf("waits for %s, which runs on its GPUs and is to be taken in first: %w", c.Name, errNotYet)
		}
	}
	return nil
}

// startedWrongly writes down the run that was ended because it had other GPUs than it should: its end is nobody's, and
// what counts is the next start.
func (s *steps) startedWrongly(ctx context.Context, i model.Instance, c *engine.Container, cause error) error {
	now, err := s.Engine.Inspect(ctx, c.ID)
	if err != nil {
		return errors.Join(cause, err)
	}
	return errors.Join(cause, s.write(ctx, i, func(i *model.Instance) { i.StartedAt = now.StartedAt }))
}

// say writes down what an instance waits for, unless it says so already.
func (s *steps) say(ctx context.Context, i model.Instance, message string) error {
	if i.Message == message {
		return nil
	}
	return s.write(ctx, i, func(i *model.Instance) { i.Message = message })
}

// probe looks once whether a running instance answers, and says what it waits for.
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
			i.Phase, i.Message, i.Container, i.StartedAt, i.Starting = phase, message, c.ID, c.StartedAt, false
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

// movePorts gives an instance that never ran other ports: somebody took one between the choice and the
// start, and nothing is lost by making the container again.
func (s *steps) movePorts(ctx context.Context, i model.Instance, c *engine.Container, cause error) error {
	if err := s.Engine.Remove(ctx, c.ID); err != nil {
		return err
	}
	s.record(ctx, i.ID, "ports", "chosen anew: %v", cause)
	_, err := s.reserve(ctx, i, func(i *model.Instance, p ledger.Promises) error {
		ports, err := s.choosePorts(model.Unleased(i.Plan.Ports), p)
		i.Plan.Ports, i.Container = ports, ""
		return err
	})
	return err
}

// revive puts an instance that an outage ended on its way again. It has given its GPUs back and asks for them
// anew.
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

// promiseAgain promises an instance anew what it gave back when it failed, where it is made again.
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

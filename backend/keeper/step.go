package keeper

import (
	"berth/backend/engine"
	"berth/backend/world"
	"berth/model"
)

// A step is the one thing that brings an instance nearer to what is wanted of it.
type step string

const (
	stepNone     step = ""
	stepPull     step = "pull"     // see that the image is there
	stepRefresh  step = "refresh"  // recycling: pull anew, then throw the old container away
	stepCreate   step = "create"   // make the container
	stepSchedule step = "schedule" // ask for GPUs, in order of asking
	stepRevive   step = "revive"   // called exited before it was known that an outage ended it
	stepTake     step = "take"     // it runs, by a start that the ledger knows nothing of: what runs outranks what is written
	stepStart    step = "start"
	stepProbe    step = "probe" // runs; wait until it answers
	stepStop     step = "stop"
	stepRelease  step = "release" // it doesn't run and shouldn't: release the GPUs
	stepExited   step = "exited"  // it ended by itself
	stepLost     step = "lost"    // someone removed its container
	stepDestroy  step = "destroy" // everything of it goes
)

// takesAway reports whether the step ends something rather than making it.
func (s step) takesAway() bool {
	switch s {
	case stepStop, stepRelease, stepExited, stepLost, stepDestroy:
		return true
	default:
		return false
	}
}

// nextStep is the keeper's table: what the ledger says against what the engine says (c is nil where it has
// no container). It is the same whoever asks and however often. asked says that the order was given while this keeper
// was in office, so that it is about what runs now, also where the row knows nothing of that: the row may be that of an
// old ledger.
func nextStep(i model.Instance, c *engine.Container, o world.Outage, asked bool) step {
	switch i.Intent {
	case model.WantDestroyed:
		return stepDestroy
	case model.WantStopped:
		return stepToStop(i, c, asked)
	default:
		return stepToRun(i, c, o, asked)
	}
}

func stepToStop(i model.Instance, c *engine.Container, asked bool) step {
	switch {
	case c != nil && c.Alive() && !startKnown(i, c) && (i.Phase.Settled() || !asked):
		return stepTake
	case c != nil && c.Alive():
		return stepStop
	case c == nil && i.Container != "" && i.Phase != model.PhaseLost && !i.Plan.NewPorts && !removedByUs(i):
		return stepLost
	case len(i.GPUs) > 0 || !i.Phase.Settled():
		return stepRelease
	}
	return stepNone
}

// startKnown reports whether the run of a container is one that the ledger knows of: the start that it has written
// down, or one that was under way when it was last written. Any other came past this ledger: somebody started the
// container by hand, or the ledger is an old one that was brought back.
func startKnown(i model.Instance, c *engine.Container) bool {
	return i.Starting || i.Container == c.ID && i.StartedAt.Equal(c.StartedAt)
}

func stepToRun(i model.Instance, c *engine.Container, o world.Outage, asked bool) step {
	switch {
	case i.Phase.Settled():
		return stepByHand(i, c, o)
	case c == nil:
		return stepToMake(i)
	case i.Phase == model.PhaseRecycling && c.ID == i.Container:
		return stepRefresh
	case i.Phase == model.PhaseRebooting && c.Alive() && (startKnown(i, c) || asked):
		return stepStop
	case c.Alive() && !startKnown(i, c):
		return stepTake
	case c.Alive() && startAsked(i):
		return stepStop // a stop of before may be under way in the engine: it is finished, and then comes the start
	case c.Alive():
		return stepOfRunning(i)
	case c.State == engine.Removing:
		return stepNone // its destroy event brings us back
	case i.Order.GPUs > 0 && len(i.GPUs) == 0:
		return stepSchedule
	case i.Plan.NewPorts && c.ID == i.Container && c.State != engine.Created:
		return stepRefresh
	case i.Phase == model.PhaseConnecting || i.Phase == model.PhaseRunning || startedAnew(i, c):
		if o.Ended(c) {
			return stepStart
		}
		return stepExited
	}
	return stepStart
}

// stepByHand is the step of an instance that failed, exited or was lost. It stays so until somebody orders
// otherwise, be it by starting its container past us: then it runs, and has what it has. But an end that turns out to
// have been an outage's, which was seen first, was not its own.
func stepByHand(i model.Instance, c *engine.Container, o world.Outage) step {
	switch {
	case c == nil:
		return stepNone
	case !c.Alive() && i.Phase == model.PhaseExited && o.Ended(c):
		return stepRevive
	case !c.Alive():
		return stepNone
	}
	return stepTake
}

// stepToMake is the step of an instance that should run and has no container.
func stepToMake(i model.Instance) step {
	switch {
	case i.Plan.NewPorts, i.Phase == model.PhaseRecycling && (i.Order.GPUs == 0 || len(i.GPUs) > 0 || i.Container != ""):
		return stepCreate
	case i.Container != "" && !i.StartedAt.IsZero() && !removedByUs(i): // one that never ran had nothing to lose
		return stepLost
	case i.Order.GPUs > 0 && len(i.GPUs) == 0:
		return stepSchedule
	case i.Phase == model.PhaseStarting:
		return stepCreate
	}
	return stepPull
}

// removedByUs reports whether the container that a row names is gone because a recycle removed it: another order came
// before that was written down.
func removedByUs(i model.Instance) bool {
	return i.Plan.Removing != "" && i.Plan.Removing == i.Container
}

// startAsked reports whether a start was ordered that nothing has been done about yet.
func startAsked(i model.Instance) bool {
	return !i.Starting && (i.Phase == model.PhaseScheduling || i.Phase == model.PhaseStarting)
}

func stepOfRunning(i model.Instance) step {
	if i.Phase == model.PhaseRunning {
		return stepNone
	}
	return stepProbe
}

// startedAnew reports whether the container has had a start of ours that isn't written down, so that its end is its
// own. Moments are compared, never ordered: clocks are set.
func startedAnew(i model.Instance, c *engine.Container) bool {
	return i.Starting && c.State != engine.Created && !c.StartedAt.IsZero() && !c.StartedAt.Equal(i.StartedAt)
}

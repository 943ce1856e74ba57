package keeper

import (
	"time"

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
// no container). It is the same whoever asks and however often.
func nextStep(i model.Instance, c *engine.Container, o world.Outage) step {
	switch i.Intent {
	case model.WantDestroyed:
		return stepDestroy
	case model.WantStopped:
		return stepToStop(i, c)
	default:
		return stepToRun(i, c, o)
	}
}

func stepToStop(i model.Instance, c *engine.Container) step {
	switch {
	case c != nil && c.Alive():
		return stepStop
	case c == nil && i.Container != "" && i.Phase != model.PhaseLost:
		return stepLost
	case len(i.GPUs) > 0 || !i.Phase.Settled():
		return stepRelease
	}
	return stepNone
}

func stepToRun(i model.Instance, c *engine.Container, o world.Outage) step {
	switch {
	case i.Phase.Settled():
		return stepByHand(i, c, o)
	case c == nil:
		return stepToMake(i)
	case i.Phase == model.PhaseRecycling && c.CreatedAt.Before(i.AskedAt):
		return stepRefresh
	case i.Phase == model.PhaseRebooting && c.Alive() && c.StartedAt.Before(i.AskedAt):
		return stepStop
	case c.Alive():
		return stepOfRunning(i)
	case c.State == engine.Removing:
		return stepNone // its destroy event brings us back
	case i.Order.GPUs > 0 && len(i.GPUs) == 0:
		return stepSchedule
	case i.Phase == model.PhaseConnecting || i.Phase == model.PhaseRunning || startedSince(c, i.AskedAt):
		if o.Ended(c) {
			return stepStart
		}
		return stepExited
	}
	return stepStart
}

// stepByHand is the step of an instance that failed, exited or was lost. It stays so until somebody orders
// otherwise, be it by starting its container past us: then it runs, unless it has no right to GPUs. But an end
// that turns out to have been the engine's farewell, which came first, was not its own.
func stepByHand(i model.Instance, c *engine.Container, o world.Outage) step {
	switch {
	case c == nil:
		return stepNone
	case !c.Alive() && i.Phase == model.PhaseExited && o.Ended(c):
		return stepRevive
	case !c.Alive():
		return stepNone
	case i.Order.GPUs > 0 && len(i.GPUs) == 0:
		return stepStop
	}
	return stepProbe
}

// stepToMake is the step of an instance that should run and has no container.
func stepToMake(i model.Instance) step {
	switch {
	case i.Phase == model.PhaseRecycling && (i.Order.GPUs == 0 || len(i.GPUs) > 0):
		return stepCreate
	case i.Container != "":
		return stepLost
	case i.Order.GPUs > 0 && len(i.GPUs) == 0:
		return stepSchedule
	case i.Phase == model.PhaseStarting:
		return stepCreate
	}
	return stepPull
}

func stepOfRunning(i model.Instance) step {
	if i.Phase == model.PhaseRunning {
		return stepNone
	}
	return stepProbe
}

// startedSince reports whether the container was started after that moment, so that its end is its own.
func startedSince(c *engine.Container, t time.Time) bool {
	return c.State != engine.Created && c.StartedAt.After(t)
}

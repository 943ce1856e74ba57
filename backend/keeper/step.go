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
	stepPull     step = "pull"     // make sure that the image is there
	stepRefresh  step = "refresh"  // recycling: pull again, then remove the old container
	stepCreate   step = "create"   // create the container
	stepSchedule step = "schedule" // wait for GPUs, in the order of asking
	stepRevive   step = "revive"   // its phase is exited, but an outage ended it
	stepTake     step = "take"     // it runs by a start that the ledger doesn't know: what runs outranks what is written
	stepStart    step = "start"
	stepProbe    step = "probe" // it runs; wait until it answers
	stepStop     step = "stop"
	stepRelease  step = "release" // it doesn't run and shouldn't: release the GPUs
	stepExited   step = "exited"  // it ended by itself
	stepLost     step = "lost"    // somebody removed its container
	stepDestroy  step = "destroy" // remove everything
)

// takesAway reports whether the step ends or removes something.
func (s step) takesAway() bool {
	switch s {
	case stepStop, stepRelease, stepExited, stepLost, stepDestroy:
		return true
	default:
		return false
	}
}

// nextStep is the keeper's table: it compares the row with the container (nil if there is none). It is a pure function.
// asked says that the last order was given after this keeper began. Such an order is about what runs now, even if the
// row doesn't know of that run. Without it the row may come from an old ledger that was brought back.
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

// startKnown reports whether the ledger knows this run of the container: its start time is in the row, or a start was
// under way when the row was last written. Otherwise the start bypassed this ledger: somebody started the container by
// hand, or an old ledger was brought back.
func startKnown(i model.Instance, c *engine.Container) bool {
	return i.Starting != 0 || i.Container == c.ID && i.StartedAt.Equal(c.StartedAt)
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
		return stepStop // the engine may still be carrying out an earlier stop: finish it, then start
	case c.Alive():
		return stepOfRunning(i)
	case c.State == engine.Removing:
		return stepNone // its destroy event brings the next look
	case i.Order.GPUs > 0 && len(i.GPUs) == 0:
		return stepSchedule
	case (i.Plan.NewPorts || i.Plan.Renewal != nil) && c.ID == i.Container && c.State != engine.Created:
		return stepRefresh
	case i.Phase == model.PhaseConnecting || i.Phase == model.PhaseRunning || startedAnew(i, c):
		if o.Ended(c) {
			return stepStart
		}
		return stepExited
	}
	return stepStart
}

// stepByHand returns the step of an instance whose phase is settled: failed, exited or lost. It stays so until somebody
// orders otherwise or starts its container by hand; then it runs and keeps what it has. Exception: if its end turns out
// to be an outage's doing, it is started again.
func stepByHand(i model.Instance, c *engine.Container, o world.Outage) step {
	switch {
	case c == nil && i.Phase == model.PhaseExited && i.Container != "" && !i.Plan.NewPorts && !removedByUs(i):
		return stepLost // its files are gone too, which a start would find out
	case c == nil:
		return stepNone
	case !c.Alive() && i.Phase == model.PhaseExited && o.Ended(c):
		return stepRevive
	case !c.Alive():
		return stepNone
	}
	return stepTake
}

// stepToMake returns the step of an instance that should run and has no container.
func stepToMake(i model.Instance) step {
	switch {
	case i.Plan.NewPorts, i.Phase == model.PhaseRecycling && (i.Order.GPUs == 0 || len(i.GPUs) > 0 || i.Container != ""):
		return stepCreate
	case i.Container != "" && !i.StartedAt.IsZero() && !removedByUs(i): // a container that never ran has nothing to lose
		return stepLost
	case i.Order.GPUs > 0 && len(i.GPUs) == 0:
		return stepSchedule
	case i.Phase == model.PhaseStarting:
		return stepCreate
	}
	return stepPull
}

// removedByUs reports whether the container that the row names was removed by a recycle. The row still names it if
// another order came before the removal was written.
func removedByUs(i model.Instance) bool {
	return i.Plan.Removing != "" && i.Plan.Removing == i.Container
}

// startAsked reports whether a start was ordered that no step has been taken for yet. A start that is under way may be
// for an earlier wish, with a stop ordered since.
func startAsked(i model.Instance) bool {
	return !startsForWish(i) && (i.Phase == model.PhaseScheduling || i.Phase == model.PhaseStarting)
}

func stepOfRunning(i model.Instance) step {
	if i.Phase == model.PhaseRunning {
		return stepNone
	}
	return stepProbe
}

// startsForWish reports whether a start is under way that was made for the present wish.
func startsForWish(i model.Instance) bool { return i.Starting != 0 && i.Starting == i.Wish }

// startedAnew reports whether the container had a start for the present wish that isn't written yet, so that its end is
// its own. The end of a run for an earlier wish is what the orders since have led to. Times are compared for equality
// only, because clocks are set.
func startedAnew(i model.Instance, c *engine.Container) bool {
	return startsForWish(i) && c.State != engine.Created && !c.StartedAt.IsZero() && !c.StartedAt.Equal(i.StartedAt)
}

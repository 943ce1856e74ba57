package model

import (
	"fmt"
	"slices"
)

// HoldsGPUs reports whether an instance in this phase keeps the GPUs that it has leased. An instance that is being
// destroyed may still compute, so it keeps its GPUs until it is gone.
func (p Phase) HoldsGPUs() bool {
	switch p {
	case PhaseCreating, PhaseLoading, PhaseStarting, PhaseConnecting, PhaseRunning, PhaseStopping,
		PhaseRebooting, PhaseRecycling, PhaseDestroying:
		return true
	case PhaseStopped, PhaseExited, PhaseScheduling, PhaseFailed, PhaseLost:
		return false
	}
	return false
}

// Busy reports whether the keeper is working on an instance in this phase.
func (p Phase) Busy() bool {
	switch p {
	case PhaseCreating, PhaseLoading, PhaseStarting, PhaseConnecting, PhaseStopping, PhaseRebooting, PhaseRecycling,
		PhaseDestroying:
		return true
	case PhaseRunning, PhaseStopped, PhaseExited, PhaseScheduling, PhaseFailed, PhaseLost:
		return false
	}
	return false
}

// Settled reports whether an instance stays in this phase until a user orders something.
func (p Phase) Settled() bool {
	switch p {
	case PhaseStopped, PhaseExited, PhaseFailed, PhaseLost:
		return true
	case PhaseCreating, PhaseLoading, PhaseStarting, PhaseConnecting, PhaseRunning, PhaseStopping, PhaseScheduling,
		PhaseRebooting, PhaseRecycling, PhaseDestroying:
		return false
	}
	return false
}

// possible lists the actions that are allowed in each phase. Starting a running instance, or stopping a stopped one,
// does nothing and is no error, because clients repeat requests.
var possible = map[Phase][]Action{
	PhaseCreating:   {ActionStart, ActionStop, ActionDestroy},
	PhaseLoading:    {ActionStart, ActionStop, ActionDestroy},
	PhaseStarting:   {ActionStart, ActionStop, ActionDestroy},
	PhaseConnecting: {ActionStart, ActionStop, ActionReboot, ActionRecycle, ActionDestroy},
	PhaseRunning:    {ActionStart, ActionStop, ActionReboot, ActionRecycle, ActionDestroy},
	PhaseStopping:   {ActionStart, ActionStop, ActionDestroy},
	PhaseStopped:    {ActionStart, ActionNewPorts, ActionStop, ActionDestroy},
	PhaseExited:     {ActionStart, ActionNewPorts, ActionStop, ActionDestroy},
	PhaseScheduling: {ActionStart, ActionStop, ActionRecycle, ActionDestroy},
	PhaseRebooting:  {ActionStart, ActionStop, ActionDestroy},
	PhaseRecycling:  {ActionStart, ActionStop, ActionDestroy},
	PhaseFailed:     {ActionStart, ActionNewPorts, ActionRecycle, ActionDestroy},
	PhaseLost:       {ActionDestroy},
	PhaseDestroying: {},
}

// Can reports whether the action is allowed now. The error wraps ErrNotAllowed and says why not and what to do instead.
func (i Instance) Can(a Action) error {
	switch {
	case i.Intent == WantDestroyed || i.Phase == PhaseDestroying:
		return fmt.Errorf("%s: %s is %w: it is being destroyed", i.ID, a, ErrNotAllowed)
	case slices.Contains(possible[i.Phase], a):
		return nil
	}
	return fmt.Errorf("%s: %s is %w: %s", i.ID, a, ErrNotAllowed, i.Phase.alternatives())
}

// alternatives says what can be done in a phase that doesn't allow an action.
func (p Phase) alternatives() string {
	switch p {
	case PhaseStopped, PhaseExited:
		return "it is " + p.Word() + ", start it first"
	case PhaseFailed:
		return "it failed, start tries again, on new ports too, recycle makes it anew, destroy removes it"
	case PhaseLost:
		return "its container is gone, destroy dismisses it"
	case PhaseScheduling:
		return "it waits for GPUs, stop cancels that and recycle makes it anew on any"
	default:
		return "it is " + p.Word() + ", wait until it runs, or stop or destroy it"
	}
}

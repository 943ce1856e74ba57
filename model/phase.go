package model

import (
	"fmt"
	"slices"
)

// HoldsGPUs reports whether an instance in this phase has its GPUs leased. One that is being destroyed may
// still compute, so it has whatever it had until it is gone.
func (p Phase) HoldsGPUs() bool {
	switch p {
	case PhaseCreating, PhaseLoading, PhaseConnecting, PhaseRunning, PhaseStopping, PhaseRebooting,
		PhaseRecycling, PhaseDestroying:
		return true
	case PhaseStopped, PhaseExited, PhaseScheduling, PhaseFailed, PhaseLost:
		return false
	}
	return false
}

// Busy reports whether the keeper is in the middle of something in this phase.
func (p Phase) Busy() bool {
	switch p {
	case PhaseCreating, PhaseLoading, PhaseConnecting, PhaseStopping, PhaseRebooting, PhaseRecycling,
		PhaseDestroying:
		return true
	case PhaseRunning, PhaseStopped, PhaseExited, PhaseScheduling, PhaseFailed, PhaseLost:
		return false
	}
	return false
}

// possible lists the phases in which an action makes sense. A start of what runs, or a stop of what is
// stopped, is nothing to do and no mistake: clients repeat themselves.
var possible = map[Action][]Phase{
	ActionStart: {PhaseCreating, PhaseLoading, PhaseConnecting, PhaseRunning, PhaseStopping, PhaseStopped, PhaseExited,
		PhaseScheduling, PhaseRebooting, PhaseRecycling, PhaseFailed},
	ActionStop: {PhaseCreating, PhaseLoading, PhaseConnecting, PhaseRunning, PhaseStopping, PhaseStopped, PhaseExited,
		PhaseScheduling, PhaseRebooting, PhaseRecycling},
	ActionReboot:  {PhaseConnecting, PhaseRunning},
	ActionRecycle: {PhaseConnecting, PhaseRunning},
	ActionDestroy: {PhaseCreating, PhaseLoading, PhaseConnecting, PhaseRunning, PhaseStopping, PhaseStopped, PhaseExited,
		PhaseScheduling, PhaseRebooting, PhaseRecycling, PhaseFailed, PhaseLost},
}

// Can reports whether the action makes sense now; the error wraps ErrNotAllowed and says why not and what would.
func (i Instance) Can(a Action) error {
	phases, known := possible[a]
	switch {
	case !known:
		return fmt.Errorf("%s: %w: there is no action %s", i.ID, ErrNotAllowed, quote(string(a)))
	case i.Intent == WantDestroyed || i.Phase == PhaseDestroying:
		return fmt.Errorf("%s: %w: it is being destroyed", i.ID, ErrNotAllowed)
	case slices.Contains(phases, i.Phase):
		return nil
	}
	return fmt.Errorf("%s: %s is %w: %s", i.ID, a, ErrNotAllowed, i.Phase.instead())
}

// instead says what can be done in a phase that doesn't allow what was asked.
func (p Phase) instead() string {
	switch p {
	case PhaseStopped, PhaseExited:
		return "it is " + string(p) + ", start it first"
	case PhaseFailed:
		return "it failed, start tries again and destroy removes it"
	case PhaseLost:
		return "its container is gone, destroy dismisses it"
	case PhaseScheduling:
		return "it waits for GPUs, stop cancels that"
	}
	return "it is " + string(p) + ", wait until it runs, or stop or destroy it"
}

// Status is the word the screen's status column shows: creating, loading 43%, connecting, connect, open,
// inactive, scheduling, exited 1, failed, lost, …
func (i Instance) Status() string {
	switch i.Phase {
	case PhaseLoading:
		if done, known := i.Pull.Done().Get(); known {
			return "loading " + done.String()
		}
	case PhaseRunning:
		switch {
		case i.opens():
			return "open"
		case i.Order.Mode.Launcher():
			return "connect"
		}
	case PhaseStopped:
		return "inactive"
	case PhaseExited:
		if code, known := i.ExitCode.Get(); known {
			return fmt.Sprintf("exited %d", code)
		}
	}
	return string(i.Phase)
}

// ActualStatus is the API's actual_status: null (empty here), created, loading, running, stopped, …
func (i Instance) ActualStatus() string {
	switch i.Phase {
	case PhaseLoading:
		return "loading"
	case PhaseConnecting, PhaseRunning, PhaseStopping:
		return "running"
	case PhaseStopped:
		return "stopped"
	case PhaseExited:
		return "exited"
	case PhaseRebooting, PhaseRecycling:
		return string(i.Phase)
	case PhaseLost, PhaseDestroying:
		return "unknown"
	case PhaseScheduling:
		if i.Container != "" {
			return "stopped"
		}
	case PhaseCreating, PhaseFailed:
		if i.Container != "" {
			return "created"
		}
	}
	return ""
}

// IntendedStatus is the API's intended_status: running or stopped.
func (i Instance) IntendedStatus() string {
	if i.Intent == WantRunning {
		return "running"
	}
	return "stopped"
}

// GPUCount is how many GPUs the instance has whenever it runs.
func (i Instance) GPUCount() int { return i.Order.WithDefaults().GPUs }

// Hostname is the instance's name inside: the one asked for, else C.1012.
func (i Instance) Hostname() string { return orElse(i.Plan.Hostname, i.ID.String()) }

// Done is how much of the pull is done; unknown before any size is. It never says 100 while it goes on:
// unpacking takes its time after the last byte.
func (p Progress) Done() Maybe[Percent] {
	if p.BytesTotal <= 0 {
		return Maybe[Percent]{}
	}
	return Known(min(max(Percent(100*float64(p.Bytes)/float64(p.BytesTotal)), 0), 99))
}

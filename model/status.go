package model

import (
	"fmt"
	"time"
)

// Status is the word the screen's status column shows: creating, loading 43%, connecting, connect, open,
// inactive, scheduling, exited 1, failed, lost, …
func (i Instance) Status() string {
	if i.Standing != "" {
		return string(i.Standing)
	}
	switch i.Phase {
	case PhaseLoading:
		if done, known := i.Pull.Done().Get(); known {
			return "loading " + done.String()
		}
	case PhaseRunning:
		switch {
		case i.OpenDoor().External != 0 && i.Silence(i.OpenDoor()) == "":
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
	default: // the others go by their own name
	}
	return string(i.Phase)
}

// ActualStatus is the API's actual_status: null (empty here), created, loading, running, stopped, …
func (i Instance) ActualStatus() string {
	switch i.Standing {
	case StandingRestarting:
		return "rebooting"
	case StandingRemoving, StandingDead:
		return "unknown"
	case StandingPaused:
	}
	switch i.Phase {
	case PhaseLoading, PhaseStarting:
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

// Left is how long the rest of the pull takes at its present rate; unknown while it stands.
func (p Progress) Left() Maybe[time.Duration] {
	if p.BytesTotal <= 0 || p.BytesPerSec <= 0 {
		return Maybe[time.Duration]{}
	}
	rest := float64(max(p.BytesTotal-p.Bytes, 0)) / float64(p.BytesPerSec)
	return Known(time.Duration(rest * float64(time.Second)).Round(time.Second))
}

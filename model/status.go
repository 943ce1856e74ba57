package model

import (
	"fmt"
	"time"
)

// phaseWords are the words for each phase: the one that people read on the screen, in lists and in messages, and the one
// on the button of the reference platform's console, which only JSON has.
var phaseWords = map[Phase]struct{ people, button string }{
	PhaseCreating:   {"creating", "creating"},
	PhaseLoading:    {"loading", "loading"},
	PhaseStarting:   {"starting", "starting"},
	PhaseConnecting: {"connecting", "connecting"},
	PhaseRunning:    {"running", "running"},
	PhaseStopping:   {"stopping", "stopping"},
	PhaseStopped:    {"stopped", "inactive"},
	PhaseExited:     {"exited", "exited"},
	PhaseScheduling: {"waiting", "scheduling"},
	PhaseRebooting:  {"rebooting", "rebooting"},
	PhaseRecycling:  {"recycling", "recycling"},
	PhaseFailed:     {"failed", "failed"},
	PhaseLost:       {"lost", "lost"},
	PhaseDestroying: {"destroying", "destroying"},
}

// Word is the phase as people read it.
func (p Phase) Word() string { return phaseWords[p].people }

// Status is how an instance is, in the words that people read everywhere: creating, loading 43%, connecting, ready ssh,
// waiting, paused, stopped, exited 1, failed, …
func (i Instance) Status() string {
	if what := i.Ready(); what != "" {
		return "ready " + what
	}
	return i.stated(i.Phase.Word())
}

// Ready is the best of what answers in a running instance: web, jupyter or ssh; empty where nothing is known to.
func (i Instance) Ready() string {
	open, jupyter := i.OpenDoor(), i.JupyterDoor()
	switch {
	case i.Phase != PhaseRunning || i.Standing != "":
		return ""
	case i.answers(open) && !i.isJupyter(open.Asked):
		return "web"
	case i.answers(jupyter):
		return "jupyter"
	case i.Order.Mode.Launcher():
		return "ssh"
	}
	return ""
}

// Button is how an instance is, in the words on the reference platform's button: connect, open, inactive, …
func (i Instance) Button() string {
	word := phaseWords[i.Phase].button
	if i.Phase == PhaseRunning {
		switch {
		case i.answers(i.OpenDoor()):
			word = "open"
		case i.Order.Mode.Launcher():
			word = "connect"
		}
	}
	return i.stated(word)
}

// stated is the word for an instance's phase with the figure that belongs to it. A standing comes before any phase.
func (i Instance) stated(word string) string {
	if i.Standing != "" {
		return string(i.Standing)
	}
	if done, known := i.Pull.Done().Get(); known && i.Phase == PhaseLoading {
		return word + " " + done.String()
	}
	if code, known := i.ExitCode.Get(); known && i.Phase == PhaseExited {
		return fmt.Sprintf("%s %d", word, code)
	}
	return word
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

package model

import (
	"fmt"
	"time"
)

// phaseWords has two words for each phase: people is shown on screens, in lists and in messages; button is the word on
// the button of the reference platform's console, used only in JSON.
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

// Word returns the phase as people read it.
func (p Phase) Word() string { return phaseWords[p].people }

// Status returns the instance's state as people read it everywhere: creating, loading 43%, connecting, ready ssh,
// waiting, paused, stopped, exited 1, failed, …
func (i Instance) Status() string {
	if what := i.Ready(); what != "" {
		return "ready " + what
	}
	return i.stated(i.Phase.Word())
}

// Ready returns the best service that answers in a running instance: web, jupyter or ssh. It is empty if none is known
// to answer.
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

// Button returns the instance's state in the words of the reference platform's button: connect, open, inactive, …
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

// stated returns the word of a phase with the number that belongs to it. A standing takes precedence over every phase.
func (i Instance) stated(word string) string {
	if i.Standing != "" {
		return string(i.Standing)
	}
	if done, known := i.Pull.Done().Get(); known && i.Phase == PhaseLoading {
		return word + " " + done.String()
	}
	if i.Phase == PhaseScheduling && i.InLine.Number > 0 {
		return fmt.Sprintf("%s %d/%d", word, i.InLine.Number, i.InLine.Of)
	}
	if code, known := i.ExitCode.Get(); known && i.Phase == PhaseExited {
		return fmt.Sprintf("%s %d", word, code)
	}
	return word
}

// ActualStatus returns the API's actual_status: created, loading, running, stopped, …; empty for null.
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

// IntendedStatus returns the API's intended_status: running or stopped.
func (i Instance) IntendedStatus() string {
	if i.Intent == WantRunning {
		return "running"
	}
	return "stopped"
}

// GPUCount returns how many GPUs the instance has whenever it runs.
func (i Instance) GPUCount() int { return i.Order.WithDefaults().GPUs }

// Hostname returns the host name inside the instance: the ordered one, or C.1012.
func (i Instance) Hostname() string { return orElse(i.Plan.Hostname, i.ID.String()) }

// Done returns how much of the pull is done. It is unknown before any size is known. It is at most 99 %, because
// unpacking goes on after the last byte.
func (p Progress) Done() Maybe[Percent] {
	if p.BytesTotal <= 0 {
		return Maybe[Percent]{}
	}
	return Known(min(max(Percent(100*float64(p.Bytes)/float64(p.BytesTotal)), 0), 99))
}

// Slow says that a pull's data only trickles in, or doesn't come at all: such a pull fails after ten minutes without a
// byte, and otherwise never. It is empty while the data comes well.
func (p Progress) Slow(image string) string {
	const patience = time.Hour
	if p.BytesTotal <= 0 || p.Bytes >= p.BytesTotal {
		return ""
	}
	left, known := p.Left().Get()
	switch {
	case !known:
		return "nothing arrives from " + RegistryOf(image) + " just now"
	case left > patience:
		return "it trickles in, with hours to go: see what stands between this machine and " + RegistryOf(image)
	}
	return ""
}

// Left returns how long the rest of the pull takes at its current rate. It is unknown while nothing arrives.
func (p Progress) Left() Maybe[time.Duration] {
	if p.BytesTotal <= 0 || p.BytesPerSec <= 0 {
		return Maybe[time.Duration]{}
	}
	rest := float64(max(p.BytesTotal-p.Bytes, 0)) / float64(p.BytesPerSec)
	return Known(time.Duration(rest * float64(time.Second)).Round(time.Second))
}

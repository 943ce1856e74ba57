package ui

import (
	"berth/model"
	"berth/ui/theme"
)

// An offer is a command worth a place in the footer, and what it does just then.
type offer struct {
	command Command
	does    string
}

// offers are the commands that matter for an instance as it is, the most wanted first: what its phase doesn't
// allow is not among them.
func offers(i model.Instance) []offer {
	switch i.Phase {
	case model.PhaseRunning, model.PhaseConnecting:
		return []offer{{"ports", "ports"}, {"connect", "connect"}, {"shell", "shell"}, {"logs", "log"}, {"start-stop", "stop"},
			{"destroy", "destroy"}, {"copy", "copy ssh"}, {"copy-data", "files"}, {"label", "label"}}
	case model.PhaseStopped, model.PhaseExited:
		return []offer{{"start-stop", "start"}, {"logs", "log"}, {"ports", "ports"}, {"destroy", "destroy"}, {"copy-data", "files"},
			{"recycle", "recycle"}, {"label", "label"}}
	case model.PhaseFailed:
		return []offer{{"new-like", "correct it"}, {"start-stop", "try again"}, {"destroy", "remove"}}
	case model.PhaseLost:
		return []offer{{"new-like", "launch it again"}, {"destroy", "dismiss"}}
	case model.PhaseCreating, model.PhaseLoading, model.PhaseScheduling:
		return []offer{{"start-stop", "cancel"}, {"destroy", "destroy"}, {"label", "label"}}
	case model.PhaseStarting, model.PhaseRebooting, model.PhaseRecycling:
		return []offer{{"logs", "log"}, {"ports", "ports"}, {"start-stop", "stop"}, {"destroy", "destroy"}}
	case model.PhaseStopping, model.PhaseDestroying:
		return []offer{{"logs", "log"}}
	}
	return nil
}

// hints are the keys of the footer, taken from the key map, the most useful first.
func (a App) hints() []theme.Hint {
	if a.typing {
		return []theme.Hint{{Key: "enter", Does: "keep"}, {Key: "esc", Does: "clear"}}
	}
	var out []theme.Hint
	for _, o := range append(a.offered(), offer{"help", "help"}) {
		if b, ok := a.keys.named(o.command); ok && b.on.Enabled() {
			out = append(out, theme.Hint{Key: b.on.Keys()[0], Does: o.does})
		}
	}
	return out
}

// offered are the commands that the footer offers.
func (m mainScreen) offered() []offer {
	if n := len(m.list.Marked()); n > 0 && m.focus == paneList {
		return []offer{{"start-stop", "start or stop"}, {"reboot", "reboot"}, {"recycle", "recycle"}, {"destroy", "destroy"}, {"back", "unmark"}}
	}
	i, some := m.hinted()
	var out []offer
	switch {
	case m.focus == paneDetail && some && i.Phase == model.PhaseFailed:
		return []offer{{"back", "back"}, {"details", "correct it"}, {"start-stop", "try again"}, {"destroy", "remove"}}
	case m.focus != m.home:
		out = []offer{{"back", "back"}, {"new", "new"}}
	case some || m.home == paneGPUs && len(m.scene.Fleet.Devices) > 0:
		out = []offer{{"details", "details"}, {"new", "new"}}
	default:
		return []offer{{"new", "new"}, {"templates", "templates"}, {"account", "account"}, {"palette", "commands"}, {"quit", "quit"}}
	}
	if some {
		out = append(out, offers(i)...)
	}
	return out
}

// hinted is the instance that the footer's keys are for. Where the lower half follows the selection the footer comes with
// it: who runs through a list of instances in all sorts of phases pays for its rows alone.
func (m mainScreen) hinted() (model.Instance, bool) {
	if i, shown := m.scene.Fleet.Instance(m.following.shown.Instance); shown {
		return i, true
	}
	return m.current()
}

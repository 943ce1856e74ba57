package ui

import (
	"berth/model"
	"berth/ui/theme"
)

// An offer is a command that is shown in the footer, with what it does in this situation.
type offer struct {
	command Command
	does    string
}

// offers returns the commands that matter for an instance in its phase, the most useful first. Commands that the phase
// doesn't allow aren't among them.
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

// hints returns the keys for the footer, taken from the key map, the most useful first.
func (a App) hints() []theme.Hint {
	if a.typing {
		return []theme.Hint{{Key: "enter", Does: "keep"}, {Key: "esc", Does: "clear"}}
	}
	var out []theme.Hint
	for _, o := range append(a.footerCommands(), offer{"help", "help"}) {
		if b, ok := a.keys.named(o.command); ok && b.on.Enabled() {
			out = append(out, theme.Hint{Key: b.on.Keys()[0], Does: o.does})
		}
	}
	return out
}

// footerCommands returns the commands for the footer.
func (m mainScreen) footerCommands() []offer {
	if n := len(m.list.Marked()); n > 0 && m.focus == paneList {
		return []offer{{"start-stop", "start or stop"}, {"reboot", "reboot"}, {"recycle", "recycle"}, {"destroy", "destroy"}, {"back", "unmark"}}
	}
	i, some := m.footerInstance()
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

// footerInstance returns the instance that the footer's keys are for. If there is a lower half, the footer changes
// together with it: while the user moves through a list quickly, only the list is redrawn.
func (m mainScreen) footerInstance() (model.Instance, bool) {
	if i, shown := m.scene.Fleet.Instance(m.following.shown.Instance); shown {
		return i, true
	}
	return m.current()
}

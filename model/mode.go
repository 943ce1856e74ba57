package model

import (
	"slices"
	"strings"
)

// A Mode is how an instance starts.
type Mode string

// The launch modes.
const (
	ModeEntrypoint Mode = "entrypoint" // the image as it is
	ModeSSH        Mode = "ssh"        // our launcher with an SSH server
	ModeJupyter    Mode = "jupyter"    // as ssh, and Jupyter over HTTPS
)

// Modes lists them in the order the form offers them.
var Modes = []Mode{ModeSSH, ModeJupyter, ModeEntrypoint}

// Ports the launcher's services listen on inside an instance.
const (
	PortSSH     = 22
	PortJupyter = 8080
)

// ParseMode reads every spelling of a mode: ours, that of templates and API (args), and the instance strings
// of the API, such as "jupyter_direc ssh_direc ssh_proxy". What it doesn't know it returns as it is, for
// Validate to name it beside everything else that is wrong.
func ParseMode(s string) Mode {
	words := strings.Fields(s)
	for _, word := range words {
		if kind, _, _ := strings.Cut(word, "_"); kind == string(ModeJupyter) {
			return ModeJupyter
		}
	}
	for _, word := range words {
		switch kind, _, _ := strings.Cut(word, "_"); kind {
		case string(ModeSSH):
			return ModeSSH
		case "args", string(ModeEntrypoint):
			return ModeEntrypoint
		}
	}
	return Mode(s)
}

// UnmarshalText reads a mode from an order, a template or a request, as ParseMode does.
func (m *Mode) UnmarshalText(text []byte) error {
	*m = ParseMode(string(text))
	return nil
}

// MarshalText writes a mode as orders and templates spell it.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.Wire()), nil }

func (m Mode) known() bool { return slices.Contains(Modes, m) }

// Launcher reports whether our launcher is the instance's first process.
func (m Mode) Launcher() bool { return m == ModeSSH || m == ModeJupyter }

// Wire is the spelling of templates and API: args, ssh, jupyter.
func (m Mode) Wire() string {
	if m == ModeEntrypoint {
		return "args"
	}
	return string(m)
}

// Runtype is the spelling of the API's image_runtype. Every port of ours is direct.
func (m Mode) Runtype() string {
	switch m {
	case ModeJupyter:
		return "jupyter_direc ssh_direc ssh_proxy"
	case ModeSSH:
		return "ssh_direc ssh_proxy"
	default:
		return m.Wire()
	}
}

// ports are the mode's own.
func (m Mode) ports() []Port {
	var ports []Port
	if m.Launcher() {
		ports = append(ports, Port{Asked: PortSSH, Internal: PortSSH, Protocol: TCP, From: PortFromMode})
	}
	if m == ModeJupyter {
		ports = append(ports, Port{Asked: PortJupyter, Internal: PortJupyter, Protocol: TCP, From: PortFromMode})
	}
	return ports
}

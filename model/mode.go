package model

import (
	"slices"
	"strings"
)

// A Mode is the launch mode: it decides the instance's first process.
type Mode string

// The launch modes.
const (
	ModeEntrypoint Mode = "entrypoint" // the image's own process
	ModeSSH        Mode = "ssh"        // berth's launcher with an SSH server
	ModeJupyter    Mode = "jupyter"    // as ssh, and Jupyter over HTTPS
)

// Modes lists the modes in the order of the form.
var Modes = []Mode{ModeSSH, ModeJupyter, ModeEntrypoint}

// Ports the launcher's services listen on inside an instance.
const (
	PortSSH     = 22
	PortJupyter = 8080
)

// ParseMode reads every spelling of a mode: berth's own, that of templates and the API (args), and the API's runtype
// strings, such as "jupyter_direc ssh_direc ssh_proxy". It returns an unknown text unchanged, so that Validate can
// report it together with the order's other faults.
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

// UnmarshalText reads a mode from an order, a template or a request. It accepts what ParseMode accepts.
func (m *Mode) UnmarshalText(text []byte) error {
	*m = ParseMode(string(text))
	return nil
}

// MarshalText writes the spelling that orders and templates use.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.Wire()), nil }

func (m Mode) known() bool { return slices.Contains(Modes, m) }

// Launcher reports whether berth's launcher is the instance's first process.
func (m Mode) Launcher() bool { return m == ModeSSH || m == ModeJupyter }

// Wire returns the spelling of templates and the API: args, ssh, jupyter.
func (m Mode) Wire() string {
	if m == ModeEntrypoint {
		return "args"
	}
	return string(m)
}

// Runtype returns the spelling of the API's image_runtype. All of berth's ports are direct.
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

// ports returns the ports that the mode itself opens.
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

package model

import "slices"

// OpenDoor returns the port that the Open action leads to: the port in OPEN_BUTTON_PORT, or Jupyter's port in jupyter
// mode. It is the zero Port if there is none yet.
func (i Instance) OpenDoor() Port {
	if p := i.portFromVar("OPEN_BUTTON_PORT"); p.External != 0 || i.Order.Mode != ModeJupyter {
		return p
	}
	return i.JupyterDoor()
}

// JupyterDoor returns the port that the Jupyter action leads to: the port in JUPYTER_PORT, or the launcher's own in
// jupyter mode. It is the zero Port if there is none yet.
func (i Instance) JupyterDoor() Port {
	if p := i.portFromVar("JUPYTER_PORT"); p.External != 0 || i.Order.Mode != ModeJupyter {
		return p
	}
	return i.leased(PortJupyter)
}

// Doors lists the internal ports on which a web server is expected, without duplicates.
func (i Instance) Doors() []int {
	doors := []Port{i.OpenDoor(), i.JupyterDoor()}
	if i.Order.Mode == ModeJupyter {
		doors = append(doors, i.leased(PortJupyter))
	}
	var inside []int
	for _, p := range doors {
		if p.External != 0 && !slices.Contains(inside, p.Internal) {
			inside = append(inside, p.Internal)
		}
	}
	return inside
}

// Silence returns the reason why nothing answers on a door of a running instance. It is empty if something answers, or
// if that isn't known.
func (i Instance) Silence(door Port) string {
	if i.Phase != PhaseRunning || door.External == 0 {
		return ""
	}
	return i.Silent[door.Internal]
}

// answers reports whether a door exists and is not known to be silent.
func (i Instance) answers(door Port) bool { return door.External != 0 && i.Silence(door) == "" }

// NoJupyter returns the reason why Jupyter doesn't answer in a running instance of jupyter mode. It is empty if it
// answers.
func (i Instance) NoJupyter() string {
	if i.Order.Mode != ModeJupyter {
		return ""
	}
	return i.Silence(i.leased(PortJupyter))
}

// leased returns the TCP port asked for by this number, once it has an external number; before that the zero Port.
func (i Instance) leased(asked int) Port {
	for _, p := range i.Plan.Ports {
		if p.Protocol == TCP && p.Asked == asked && p.External != 0 {
			return p
		}
	}
	return Port{}
}

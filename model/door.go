package model

import "slices"

// OpenDoor is the port that the Open action leads to: the one that OPEN_BUTTON_PORT names, else Jupyter's in
// jupyter mode. It is the zero port where there is none yet.
func (i Instance) OpenDoor() Port {
	if p := i.button("OPEN_BUTTON_PORT"); p.External != 0 || i.Order.Mode != ModeJupyter {
		return p
	}
	return i.JupyterDoor()
}

// JupyterDoor is the port that the Jupyter action leads to: the one that JUPYTER_PORT names, else the launcher's own.
func (i Instance) JupyterDoor() Port {
	if p := i.button("JUPYTER_PORT"); p.External != 0 || i.Order.Mode != ModeJupyter {
		return p
	}
	return i.leased(PortJupyter)
}

// Doors are the ports inside where a web server is expected, each once.
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

// Silence is why nothing answers at a door of a running instance; empty where something does, or where that isn't
// known.
func (i Instance) Silence(door Port) string {
	if i.Phase != PhaseRunning || door.External == 0 {
		return ""
	}
	return i.Silent[door.Internal]
}

// answers reports whether something is expected at a door and isn't known to be silent.
func (i Instance) answers(door Port) bool { return door.External != 0 && i.Silence(door) == "" }

// NoJupyter is why a running instance of jupyter mode has none; empty where it has.
func (i Instance) NoJupyter() string {
	if i.Order.Mode != ModeJupyter {
		return ""
	}
	return i.Silence(i.leased(PortJupyter))
}

// leased is the TCP port that was asked for by a number, and the zero one until it has a number outside.
func (i Instance) leased(asked int) Port {
	for _, p := range i.Plan.Ports {
		if p.Protocol == TCP && p.Asked == asked && p.External != 0 {
			return p
		}
	}
	return Port{}
}

package inside

import (
	"context"
	"net"
	"strconv"

	"berth/backend/engine"
	"berth/model"
)

// Silent are the ports where a web server is expected and doesn't answer, and why. The kernel's table is asked, which
// nobody inside notices. One that was silent and listens is connected to once: it may listen for itself alone. Where
// the table isn't ours to read, each is connected to.
func Silent(ctx context.Context, i model.Instance, c *engine.Container) map[int]string {
	sockets, err := listeners(c.PID)
	var out map[int]string
	for _, port := range i.Doors() {
		why, was := i.Silent[port]
		listens := sockets[model.Socket{Protocol: model.TCP, Port: port}]
		switch {
		case err == nil && listens && !was:
			continue
		case (err != nil || listens) && accepts(ctx, net.JoinHostPort(c.IPs[0], strconv.Itoa(port))):
			continue
		}
		if s := Glance(c.PID).Jupyter; i.Order.Mode == model.ModeJupyter && port == model.PortJupyter &&
			s.Message != "" && s.State != model.ServiceRunning {
			why = s.Message
		}
		if why == "" {
			why = nothingOn(port)
		}
		if out == nil {
			out = map[int]string{}
		}
		out[port] = why
	}
	return out
}

// nothingOn says that a port is silent for no reason that is known.
func nothingOn(port int) string { return "nothing answers on port " + strconv.Itoa(port) }

// Said is what a running instance says of itself: that it answers, or what of it doesn't.
func Said(i model.Instance) string {
	open := i.OpenDoor().Internal
	why := i.Silent[open]
	switch {
	case i.Order.Mode == model.ModeJupyter && i.Silent[model.PortJupyter] != "":
		return "runs with SSH only: " + i.Silent[model.PortJupyter]
	case why == "":
		return "answers"
	case i.Order.Mode == model.ModeSSH:
		return "SSH answers, port " + strconv.Itoa(open) + " doesn't"
	case i.Order.Mode == model.ModeJupyter:
		return "Jupyter answers, port " + strconv.Itoa(open) + " doesn't"
	}
	return "runs, " + why
}

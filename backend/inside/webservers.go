package inside

import (
	"context"
	"net"
	"slices"
	"strconv"

	"berth/backend/engine"
	"berth/model"
)

// WebServers are what was seen of the web servers that an instance should have, by their ports inside.
type WebServers struct {
	Silent map[int]string // doesn't answer, and why
	Secure []int          // answers in TLS
}

// See looks for an instance's web servers. The kernel's table is asked, which nobody inside notices. One that was silent
// and listens is connected to once: it may listen for itself alone, and it may speak TLS. Where the table isn't ours to
// read, each is connected to.
func See(ctx context.Context, i model.Instance, c *engine.Container) WebServers {
	sockets, err := listeners(c.PID)
	var seen WebServers
	for _, port := range i.Doors() {
		why, was := i.Silent[port]
		at := net.JoinHostPort(c.IPs[0], strconv.Itoa(port))
		secure := slices.Contains(i.Secure, port)
		listens := sockets[model.Socket{Protocol: model.TCP, Port: port}]
		answers := err == nil && listens && !was
		if !answers && (err != nil || listens) && accepts(ctx, at) {
			answers, secure = true, was && speaksTLS(ctx, at) || !was && secure
		}
		if answers {
			if secure {
				seen.Secure = append(seen.Secure, port)
			}
			continue
		}
		if s := Glance(c.PID).Jupyter; i.Order.Mode == model.ModeJupyter && port == model.PortJupyter &&
			s.Message != "" && s.State != model.ServiceRunning {
			why = s.Message
		}
		if why == "" {
			why = nothingOn(port)
		}
		if seen.Silent == nil {
			seen.Silent = map[int]string{}
		}
		seen.Silent[port] = why
	}
	return seen
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

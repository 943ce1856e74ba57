package inside

import (
	"context"
	"net/netip"
	"slices"
	"strconv"

	"berth/backend/engine"
	"berth/backend/sockets"
	"berth/model"
)

// WebServers is the state of the web servers that an instance should have, by the port inside.
type WebServers struct {
	Silent map[int]string // ports that don't answer, and why
	Secure []int          // ports that answer in TLS
}

// CheckWebServers checks an instance's web servers. It reads the kernel's tables, which no process inside notices. A
// port that was silent and now listens is also connected to: its server may listen only on the loopback address, and it
// may speak TLS. If the tables can't be read, every port is connected to.
func CheckWebServers(ctx context.Context, i model.Instance, c *engine.Container) WebServers {
	var seen WebServers
	for _, port := range i.Doors() {
		why, was := i.Silent[port]
		secure := slices.Contains(i.Secure, port)
		listens, err := listensAt(c, port)
		answers := err == nil && listens && !was
		if !answers && (err != nil || listens) && takesCalls(ctx, c, port) {
			answers, secure = true, was && speaksTLS(ctx, reach(c, port)) || !was && secure
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

// listensAt reports whether something in a container waits for connections from outside, as the kernel knows it.
func listensAt(c *engine.Container, port int) (bool, error) {
	ip, err := netip.ParseAddr(c.IPs[0])
	if err != nil {
		return false, err
	}
	return sockets.ListensAt(c.PID, netip.AddrPortFrom(ip, uint16(port))) //nolint:gosec // a port
}

// nothingOn says that a port is silent for no reason that is known.
func nothingOn(port int) string { return "nothing answers on port " + strconv.Itoa(port) }

// Said returns the message of a running instance: that it answers, or which part of it doesn't.
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

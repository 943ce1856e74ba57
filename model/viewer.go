package model

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// A Viewer is where somebody looks at the machine from, as far as the SSH session tells that they came by. The zero one
// is somebody of whom nothing is known.
type Viewer struct {
	Login string // their user's name on the machine

	client, machine netip.Addr // the ends of the session; invalid where there is none
	port            int        // where the machine's SSH server listens
}

// NewViewer reads what an SSH server tells a session's programs, SSH_CONNECTION: the client's address and port, the
// machine's address and port.
func NewViewer(login, connection string) Viewer {
	v := Viewer{Login: login}
	words := strings.Fields(connection)
	if len(words) != 4 {
		return v
	}
	client, clientErr := netip.ParseAddr(words[0])
	machine, machineErr := netip.ParseAddr(words[2])
	port, portErr := strconv.Atoi(words[3])
	if clientErr == nil && machineErr == nil && portErr == nil {
		v.client, v.machine, v.port = client.Unmap(), machine.Unmap(), port
	}
	return v
}

// Address is where this viewer reaches the machine's ports: the address that they reached its SSH server at. The one
// that the machine was given counts where that can't be it: no session is known, it came from the machine itself, or from
// the internet through a router, which leads to an address that only the router knows.
func (v Viewer) Address(publicIP string) string {
	switch {
	case !v.machine.IsValid(), v.machine.IsLoopback(), v.client == v.machine:
		return publicIP
	case LocalAddress(v.machine) && !LocalAddress(v.client) && publicIP != "":
		return publicIP
	}
	return v.machine.String()
}

// Through are the ways into an instance that need no port of the machine but its own SSH server's: for networks that let
// nothing else through.
func (v Viewer) Through(i Instance, publicIP string) []Link {
	address := v.Address(publicIP)
	if address == "" || v.Login == "" {
		return nil
	}
	var links []Link
	if ssh := i.Plan.External(PortSSH, TCP); ssh != 0 && i.Order.Mode.Launcher() {
		jump := v.Login + "@" + bracketed(address)
		if v.port != 0 && v.port != PortSSH {
			jump += ":" + strconv.Itoa(v.port)
		}
		links = append(links, Link{"ssh -J", fmt.Sprintf("ssh -J %s -p %d root@localhost", jump, ssh)})
	}
	if forwards := i.forwards(); forwards != "" {
		port := ""
		if v.port != 0 && v.port != PortSSH {
			port = " -p " + strconv.Itoa(v.port)
		}
		links = append(links, Link{"tunnels", "ssh" + port + " " + v.Login + "@" + address + " -N" + forwards})
	}
	return links
}

// forwards lead to all TCP ports of an instance from where somebody sits, as an SSH client's flags, each from a number of
// its own.
func (i Instance) forwards() string {
	flags, taken := "", map[int]bool{}
	for _, p := range i.Plan.Ports {
		if p.Protocol != TCP || p.External == 0 || p.Internal == 0 || i.isSSH(p) {
			continue
		}
		from := near(p.Internal)
		for taken[from] {
			from++
		}
		taken[from] = true
		flags += fmt.Sprintf(" -L %d:localhost:%d", from, p.External)
	}
	return flags
}

// carrierNAT is RFC 6598's range: addresses that look public and aren't.
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

// LocalAddress reports whether an address is one that only its own network knows.
func LocalAddress(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsLoopback() || carrierNAT.Contains(ip)
}

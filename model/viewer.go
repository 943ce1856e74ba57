package model

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// A Viewer is where a user sits, as far as the user's SSH session to the machine tells. In the zero Viewer nothing is
// known.
type Viewer struct {
	Login string // the user's login name on the machine

	client, machine netip.Addr // both ends of the SSH session; invalid if there is none
	port            int        // the port of the machine's SSH server
}

// NewViewer parses SSH_CONNECTION, which an SSH server sets for a session's programs: the client's address and port,
// then the machine's address and port.
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

// Address returns the address at which this viewer reaches the machine's ports. That is the address at which the viewer
// reached the machine's SSH server. It is the configured publicIP instead in three cases: there is no session; the
// session comes from the machine itself; or it comes from the internet through a router with NAT, so that the address
// that the machine sees is not the address that the viewer used.
func (v Viewer) Address(publicIP string) string {
	switch {
	case !v.machine.IsValid(), v.machine.IsLoopback(), v.client == v.machine:
		return publicIP
	case LocalAddress(v.machine) && !LocalAddress(v.client) && publicIP != "":
		return publicIP
	}
	return v.machine.String()
}

// Through returns the links that use only the port of the machine's own SSH server. They work in networks that block
// all other ports.
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
	if forwards := forwardsTo(i); forwards != "" {
		port := ""
		if v.port != 0 && v.port != PortSSH {
			port = " -p " + strconv.Itoa(v.port)
		}
		links = append(links, Link{"tunnels", "ssh" + port + " " + v.Login + "@" + address + " -N" + forwards})
	}
	return links
}

// forwardsTo returns -L flags of an SSH client for all TCP ports of an instance, each with a different local port.
func forwardsTo(i Instance) string {
	flags, taken := "", map[int]bool{}
	for _, p := range i.Plan.Ports {
		if p.Protocol != TCP || p.External == 0 || p.Internal == 0 || i.isSSH(p) {
			continue
		}
		from := localPort(p.Internal)
		for taken[from] {
			from++
		}
		taken[from] = true
		flags += fmt.Sprintf(" -L %d:localhost:%d", from, p.External)
	}
	return flags
}

// carrierNAT is RFC 6598's range for carrier-grade NAT. Its addresses look public, but aren't routed on the internet.
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

// LocalAddress reports whether an address is valid only within its own network.
func LocalAddress(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsLoopback() || carrierNAT.Contains(ip)
}

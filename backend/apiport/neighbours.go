package apiport

import (
	"net"
	"slices"
	"sync"
	"time"
)

// Neighbours is a listener that answers the gateway's own network and this machine itself. A packet for the
// gateway's address may come in by any of the machine's interfaces.
type neighbours struct {
	net.Listener
	gateway net.IP

	mu     sync.Mutex
	around []*net.IPNet
	asked  time.Time // when the interfaces were
}

// Accept returns the next connection of a neighbour.
func (n *neighbours) Accept() (net.Conn, error) {
	for {
		conn, err := n.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if at, ok := conn.RemoteAddr().(*net.TCPAddr); ok && n.has(at.IP) {
			return conn, nil
		}
		_ = conn.Close() // nothing was said on it
	}
}

// has reports whether an address is a neighbour's. The interfaces are asked when it seems not to be, and that
// not too often: a network may have been made anew.
func (n *neighbours) has(ip net.IP) bool {
	const seldom = time.Second
	near := func(around *net.IPNet) bool { return around.Contains(ip) }
	n.mu.Lock()
	defer n.mu.Unlock()
	if slices.ContainsFunc(n.around, near) {
		return true
	}
	if time.Since(n.asked) < seldom {
		return false
	}
	n.asked, n.around = time.Now(), networksAround(n.gateway)
	return slices.ContainsFunc(n.around, near)
}

// networksAround are the gateway's network, as its interface has it, and each of this machine's addresses: the
// engine's own rules give what this machine sends to the gateway another of them.
func networksAround(gateway net.IP) []*net.IPNet {
	addresses, _ := net.InterfaceAddrs() // without an answer nobody is a neighbour
	var around []*net.IPNet
	for _, a := range addresses {
		n, ok := a.(*net.IPNet)
		switch {
		case !ok:
		case n.IP.Equal(gateway):
			around = append(around, n)
		default:
			_, bits := n.Mask.Size()
			around = append(around, &net.IPNet{IP: n.IP, Mask: net.CIDRMask(bits, bits)})
		}
	}
	return around
}

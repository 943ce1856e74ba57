package apiport

import (
	"net"
	"slices"
	"sync"
	"time"
)

// neighbours is a listener that accepts connections only from the gateway's own network and from this machine. The
// check is needed because a packet for the gateway's address may arrive on any interface of the machine.
type neighbours struct {
	net.Listener
	gateway net.IP

	mu     sync.Mutex
	around []*net.IPNet
	asked  time.Time // when the interfaces were last read
}

// Accept returns the next connection from a neighbour, and closes every other one.
func (n *neighbours) Accept() (net.Conn, error) {
	for {
		conn, err := n.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if at, ok := conn.RemoteAddr().(*net.TCPAddr); ok && n.has(at.IP) {
			return conn, nil
		}
		_ = conn.Close() // nothing was exchanged on the connection
	}
}

// has reports whether an address is a neighbour's. If it seems not to be, the interfaces are read again, at most once a
// second: a network may have been created again.
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

// networksAround returns the gateway's network, as its interface has it, and each of this machine's own addresses. The
// latter are needed because the engine's NAT rules give packets from this machine to the gateway another source address
// of the machine.
func networksAround(gateway net.IP) []*net.IPNet {
	addresses, _ := net.InterfaceAddrs() // on an error nobody is a neighbour
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

package backend

import (
	"net"
	"sync"
	"time"
)

// Neighbours is a listener that answers the gateway's own network alone. A packet for the gateway's address may
// come in by any of the machine's interfaces.
type neighbours struct {
	net.Listener
	gateway net.IP

	mu     sync.Mutex
	around *net.IPNet
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

// has reports whether an address is in the gateway's network. The interfaces are asked when it seems not to be,
// and that not too often: a network may have been made anew.
func (n *neighbours) has(ip net.IP) bool {
	const seldom = time.Second
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.around != nil && n.around.Contains(ip) {
		return true
	}
	if time.Since(n.asked) < seldom {
		return false
	}
	n.asked, n.around = time.Now(), networkOf(n.gateway)
	return n.around.Contains(ip)
}

// networkOf is the network of one of this machine's addresses, as its interface has it; without one, the
// address alone.
func networkOf(ip net.IP) *net.IPNet {
	addresses, _ := net.InterfaceAddrs() // without an answer, as without an interface
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ip) {
			return n
		}
	}
	const whole = 32
	return &net.IPNet{IP: ip, Mask: net.CIDRMask(whole, whole)}
}

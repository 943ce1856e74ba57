package api

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A remote may fail so often at once, and then so often again.
const (
	failuresAtOnce = 20
	failureEvery   = time.Second
)

// A guard counts failures by where they come from. Its memory is bounded: it has two generations of addresses,
// and when the younger is full the elder is forgotten.
type guard struct {
	now clock

	mu            sync.Mutex
	young, before map[netip.Prefix]*rate.Limiter
}

// mostRemotes is how many addresses a generation has.
const mostRemotes = 4096

// listens reports whether a remote hasn't failed too often.
func (g *guard) listens(from netip.Prefix) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.limiter(from)
	return l == nil || l.TokensAt(g.now()) >= 1
}

// failed counts a wrong key.
func (g *guard) failed(from netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.limiter(from)
	if l == nil {
		l = rate.NewLimiter(rate.Every(failureEvery), failuresAtOnce)
	}
	if g.young == nil || len(g.young) >= mostRemotes {
		g.before, g.young = g.young, map[netip.Prefix]*rate.Limiter{}
	}
	g.young[from] = l
	l.AllowN(g.now(), 1)
}

func (g *guard) limiter(from netip.Prefix) *rate.Limiter {
	if l := g.young[from]; l != nil {
		return l
	}
	return g.before[from]
}

// remote is where a request comes from: its address, or of IPv6 the network that one customer has.
func remote(r *http.Request) netip.Prefix {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	return network(at.Addr())
}

func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		const customer = 64
		bits = customer
	}
	p, _ := a.Prefix(bits) // these lengths are valid
	return p
}

// The bounds of connections, so that a flood of slow ones from one instance doesn't keep the others out.
const (
	mostConnections = 4096
	mostOfOne       = 256
)

// A crowd counts connections by where they come from, over all listeners.
type crowd struct {
	mu  sync.Mutex
	all int
	of  map[netip.Prefix]int
}

// limit is a listener that hangs up on whom the crowd has no room for.
func (c *crowd) limit(l net.Listener) net.Listener { return crowdListener{l, c} }

type crowdListener struct {
	net.Listener
	crowd *crowd
}

// Accept returns the next connection there is room for.
func (l crowdListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		var from netip.Prefix
		if at, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
			from = network(at.AddrPort().Addr())
		}
		if l.crowd.enter(from) {
			return &counted{Conn: conn, leave: sync.OnceFunc(func() { l.crowd.leave(from) })}, nil
		}
		_ = conn.Close() // nothing was said on it
	}
}

func (c *crowd) enter(from netip.Prefix) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all >= mostConnections || c.of[from] >= mostOfOne {
		return false
	}
	if c.of == nil {
		c.of = map[netip.Prefix]int{}
	}
	c.all++
	c.of[from]++
	return true
}

func (c *crowd) leave(from netip.Prefix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.of[from]--; c.of[from] == 0 {
		delete(c.of, from)
	}
}

// counted is a connection that leaves the crowd when it is closed.
type counted struct {
	net.Conn
	leave func()
}

// Close ends the connection.
func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}

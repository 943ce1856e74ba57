package api

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The rate limit of wrong keys for one remote address: a burst of failuresAtOnce, then one more each failureEvery.
const (
	failuresAtOnce = 20
	failureEvery   = time.Second
)

// A failureLimiter counts wrong keys by remote address. Its memory is limited: it keeps two generations of addresses,
// and when the younger one is full, the older one is dropped.
type failureLimiter struct {
	now clock

	mu            sync.Mutex
	young, before map[netip.Prefix]*rate.Limiter
}

// mostRemotes is the number of addresses in one generation.
const mostRemotes = 4096

// allows reports whether an address is still below the limit of wrong keys.
func (g *failureLimiter) allows(from netip.Prefix) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.limiter(from)
	return l == nil || l.TokensAt(g.now()) >= 1
}

// count counts one wrong key.
func (g *failureLimiter) count(from netip.Prefix) {
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

func (g *failureLimiter) limiter(from netip.Prefix) *rate.Limiter {
	if l := g.young[from]; l != nil {
		return l
	}
	return g.before[from]
}

// remote returns the source address of a request; for IPv6 its /64 network, which is what one customer usually has.
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
	p, _ := a.Prefix(bits) // can't fail: the lengths are valid
	return p
}

// The limits of open connections, in all and for one address. With them, a flood of slow connections from one instance
// doesn't keep others out.
const (
	mostConnections = 4096
	mostOfOne       = 256
)

// A connLimiter counts open connections by source address, over all listeners.
type connLimiter struct {
	mu  sync.Mutex
	all int
	of  map[netip.Prefix]int
}

// limit wraps a listener. Connections over the limits are closed at once.
func (c *connLimiter) limit(l net.Listener) net.Listener { return limitedListener{l, c} }

type limitedListener struct {
	net.Listener
	limiter *connLimiter
}

// Accept returns the next connection that is within the limits.
func (l limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		var from netip.Prefix
		if at, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
			from = network(at.AddrPort().Addr())
		}
		if l.limiter.enter(from) {
			return &limitedConn{Conn: conn, leave: sync.OnceFunc(func() { l.limiter.leave(from) })}, nil
		}
		_ = conn.Close() // nothing was exchanged on the connection
	}
}

func (c *connLimiter) enter(from netip.Prefix) bool {
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

func (c *connLimiter) leave(from netip.Prefix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.of[from]--; c.of[from] == 0 {
		delete(c.of, from)
	}
}

// limitedConn is a connection that is subtracted from the limiter when it is closed.
type limitedConn struct {
	net.Conn
	leave func()
}

// Close ends the connection.
func (c *limitedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}

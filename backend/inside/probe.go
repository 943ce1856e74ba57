package inside

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// probeTimeout is the time limit of one probe. A service that is running answers a local connection within
// milliseconds.
const probeTimeout = 2 * time.Second

// An Answer says whether to wait for an instance, what to show for it, and which of its web servers don't answer
// although it isn't waited for.
type Answer struct {
	Waits bool
	Says  string
	WebServers
}

// Ask probes the services of an instance and reports the first one that must be waited for. An instance without
// services answers as soon as it runs. In ssh and jupyter mode the user's own web server isn't waited for: it may be
// started by hand in an hour, or never. local means that the engine is on this machine.
func (a *Access) Ask(ctx context.Context, i model.Instance, c *engine.Container, local bool) Answer {
	if len(c.IPs) == 0 || !local {
		return Answer{Says: "runs"} // another machine's container addresses can't be reached from here
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	i.Secure = nil
	i.Silent = map[int]string{} // until each has answered
	for _, port := range i.Doors() {
		i.Silent[port] = nothingOn(port)
	}
	switch {
	case i.Order.Mode.Launcher() && !speaksSSH(ctx, reach(c, model.PortSSH)):
		return Answer{Waits: true, Says: "waiting for its SSH server"}
	case i.Order.Mode == model.ModeJupyter && !speaksHTTPS(ctx, reach(c, model.PortJupyter)):
		why, waits := a.askLauncher(ctx, c)
		if waits {
			return Answer{Waits: true, Says: why}
		}
		i.Silent[model.PortJupyter] = why
	case i.Order.Mode == model.ModeJupyter:
		delete(i.Silent, model.PortJupyter)
	}
	if port := i.OpenDoor().Internal; port > 0 && i.Order.Mode == model.ModeEntrypoint {
		if !takesCalls(ctx, c, port) {
			return Answer{Waits: true, Says: "waiting for port " + strconv.Itoa(port)}
		}
	}
	seen := CheckWebServers(ctx, i, c)
	i.Silent = seen.Silent
	return Answer{Says: Said(i), WebServers: seen}
}

// askLauncher asks why Jupyter doesn't answer, and whether to wait for it. If the image can't run Jupyter, the instance
// still counts as running: SSH works, and the status says what to do.
func (a *Access) askLauncher(ctx context.Context, c *engine.Container) (why string, waits bool) {
	s, err := a.launcherStatus(ctx, c)
	switch {
	case err != nil || s.Jupyter.Message == "":
		return "waiting for Jupyter", true
	case s.Jupyter.State == model.ServiceMissing:
		return s.Jupyter.Message, false
	}
	return "Jupyter: " + s.Jupyter.Message, true
}

// reach returns the address where this machine reaches a container's TCP port: the container's own address, or a
// published port of this machine if the container's network lies apart.
func reach(c *engine.Container, port int) string {
	if c.Apart {
		for _, p := range c.Ports {
			if p.Internal == port && p.Protocol == model.TCP {
				return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.External))
			}
		}
	}
	return net.JoinHostPort(c.IPs[0], strconv.Itoa(port))
}

// takesCalls reports whether a process inside accepts connections on a port. On a published port the engine's proxy
// accepts every connection, whether or not anything listens behind it. So if only that port can be reached, the
// kernel's tables are asked; if they can't be read, there is nothing to wait for.
func takesCalls(ctx context.Context, c *engine.Container, port int) bool {
	if c.Apart {
		listens, err := listensAt(c, port)
		return listens || err != nil
	}
	return accepts(ctx, reach(c, port))
}

// accepts reports whether something accepts connections at an address.
func accepts(ctx context.Context, address string) bool {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	return err == nil && conn.Close() == nil
}

// tlsTimeout is how long a server may take to show that it speaks TLS. A plain HTTP server may take the handshake for
// an unfinished request and wait for the rest.
const tlsTimeout = 100 * time.Millisecond

// speaksTLS reports whether a server answers a TLS handshake, even by refusing it.
func speaksTLS(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, tlsTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	defer conn.Close()
	err = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx) //nolint:gosec // nothing is sent or believed
	var told *net.OpError
	return err == nil || errors.As(err, &told) && told.Op == "remote error" // the server refused by a TLS alert
}

// speaksSSH reports whether the server sends the identification line of RFC 4253.
func speaksSSH(ctx context.Context, address string) bool {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetReadDeadline(deadline) // if that fails, the read fails too
	}
	var banner [8]byte
	n, _ := conn.Read(banner[:])
	return strings.HasPrefix(string(banner[:n]), "SSH-")
}

// speaksHTTPS reports whether a web server answers. Its certificate comes from berth's CA or from the image and isn't
// checked, since the question is only whether the server is there. Redirects aren't followed: an instance could
// redirect to this machine's own ports and learn from its phase what answers there.
func speaksHTTPS(ctx context.Context, address string) bool {
	transport := &http.Transport{
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // see above: nothing is sent or believed
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
		// Proxy is not set: the proxy variables of this process don't apply.
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/api", nil)
	if err != nil {
		return false
	}
	answer, err := transport.RoundTrip(request) // RoundTrip makes one request: no redirects, no cookies
	return err == nil && answer.Body.Close() == nil
}

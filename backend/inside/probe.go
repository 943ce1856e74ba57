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

// probeWait is how long one try may take: a service that is there answers a local connection in
// milliseconds.
const probeWait = 2 * time.Second

// An Answer is whether an instance is to be waited for, what is to be said of it, and which of its web servers
// don't answer though it isn't.
type Answer struct {
	Waits bool
	Says  string
	WebServers
}

// Ask asks the services of an instance, and comes back with the first that it must wait for. An instance that
// promises no service answers as soon as it runs. Where there is a launcher, a web server of the user's own isn't
// waited for: it may come by hand in an hour, or never. local says
// that the engine is on this machine.
func (a *Access) Ask(ctx context.Context, i model.Instance, c *engine.Container, local bool) Answer {
	if len(c.IPs) == 0 || !local {
		return Answer{Says: "runs"} // an engine elsewhere: its containers' own addresses aren't ours to reach
	}
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	i.Secure = nil
	i.Silent = map[int]string{} // until each has answered
	for _, port := range i.Doors() {
		i.Silent[port] = nothingOn(port)
	}
	at := func(port int) string { return net.JoinHostPort(c.IPs[0], strconv.Itoa(port)) }
	switch {
	case i.Order.Mode.Launcher() && !speaksSSH(ctx, at(model.PortSSH)):
		return Answer{Waits: true, Says: "waiting for its SSH server"}
	case i.Order.Mode == model.ModeJupyter && !speaksHTTPS(ctx, at(model.PortJupyter)):
		why, waits := a.askLauncher(ctx, c)
		if waits {
			return Answer{Waits: true, Says: why}
		}
		i.Silent[model.PortJupyter] = why
	case i.Order.Mode == model.ModeJupyter:
		delete(i.Silent, model.PortJupyter)
	}
	if port := i.OpenDoor().Internal; port > 0 && i.Order.Mode == model.ModeEntrypoint {
		if !accepts(ctx, at(port)) {
			return Answer{Waits: true, Says: "waiting for port " + strconv.Itoa(port)}
		}
	}
	seen := See(ctx, i, c)
	i.Silent = seen.Silent
	return Answer{Says: Said(i), WebServers: seen}
}

// askLauncher asks why Jupyter doesn't answer, and whether to wait for it. In an image where it never will, the
// instance runs all the same: it can be logged in to, and says what to do.
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

// accepts reports whether something inside takes connections. The container's own address is asked: the
// engine's proxy on the published port takes every connection, whether or not anything listens behind it.
func accepts(ctx context.Context, address string) bool {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	return err == nil && conn.Close() == nil
}

// tlsWait is how long a server may take to show that it speaks TLS. One that doesn't may wait for the rest of what it
// takes for a request.
const tlsWait = 100 * time.Millisecond

// speaksTLS reports whether something inside answers a handshake, be it by refusing it.
func speaksTLS(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, tlsWait)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	defer conn.Close()
	err = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx) //nolint:gosec // nothing is sent or believed
	var told *net.OpError
	return err == nil || errors.As(err, &told) && told.Op == "remote error" // it refused, in TLS
}

// speaksSSH reports whether the banner of RFC 4253 comes.
func speaksSSH(ctx context.Context, address string) bool {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetReadDeadline(deadline) // a connection that can't have one fails the read
	}
	var banner [8]byte
	n, _ := conn.Read(banner[:])
	return strings.HasPrefix(string(banner[:n]), "SSH-")
}

// speaksHTTPS reports whether a web server answers at all. Its certificate is our own CA's or the image's;
// who it is doesn't matter for whether it is there. It is the instance's own word, so where it sends us we don't go:
// a redirect to this machine's own ports would tell, by the phase, what answers there.
func speaksHTTPS(ctx context.Context, address string) bool {
	transport := &http.Transport{
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // see above: nothing is sent or believed
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
		// No proxy of this process's environment either.
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/api", nil)
	if err != nil {
		return false
	}
	answer, err := transport.RoundTrip(request) // one answer: neither redirects nor cookies
	return err == nil && answer.Body.Close() == nil
}

package backend

import (
	"context"
	"crypto/tls"
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

// probe looks once whether a running instance answers, and says what it waits for.
func (k *Keeper) probe(ctx context.Context, i model.Instance, c *engine.Container) error {
	a := k.m.ask(ctx, i, c)
	if !a.waits {
		return k.update(ctx, i.ID, func(i *model.Instance) {
			i.Phase, i.Message = model.PhaseRunning, a.says+diskException(i.Plan)
			if i.StartedAt.IsZero() || i.StartedAt.Before(c.StartedAt) {
				i.StartedAt = c.StartedAt
			}
			i.Container = c.ID
		})
	}
	if a.says != i.Message || i.Phase != model.PhaseConnecting {
		if err := k.update(ctx, i.ID, func(i *model.Instance) {
			i.Phase, i.Message, i.Container = model.PhaseConnecting, a.says, c.ID
		}); err != nil {
			return err
		}
	}
	return errNotYet
}

// An answer is whether an instance is to be waited for, and what is to be said of it.
type answer struct {
	waits bool
	says  string
}

// ask asks the services of an instance, and comes back with the first that doesn't answer yet. An instance
// that promises no service answers as soon as it runs.
func (m *Machine) ask(ctx context.Context, i model.Instance, c *engine.Container) answer {
	if w, _ := m.worlds.newest(); len(c.IPs) == 0 || !w.facts.Local {
		return answer{says: "runs"} // an engine elsewhere: its containers' own addresses aren't ours to reach
	}
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	at := func(port int) string { return net.JoinHostPort(c.IPs[0], strconv.Itoa(port)) }
	switch {
	case i.Order.Mode.Launcher() && !speaksSSH(ctx, at(model.PortSSH)):
		return answer{true, "waiting for its SSH server"}
	case i.Order.Mode == model.ModeJupyter && !speaksHTTPS(ctx, at(model.PortJupyter)):
		return m.askLauncher(ctx, c)
	}
	if port := openPort(i.Plan); port > 0 && i.Order.Mode == model.ModeEntrypoint && !accepts(ctx, at(port)) {
		return answer{true, "waiting for port " + strconv.Itoa(port)}
	}
	return answer{says: "answers"}
}

// askLauncher asks why Jupyter doesn't answer. In an image where it never will, the instance runs all the
// same: it can be logged in to, and says what to do.
func (m *Machine) askLauncher(ctx context.Context, c *engine.Container) answer {
	s, err := m.launcherStatus(ctx, c)
	switch {
	case err != nil || s.Jupyter.Message == "":
		return answer{true, "waiting for Jupyter"}
	case s.Jupyter.State == model.ServiceMissing:
		return answer{says: "runs with SSH only: " + s.Jupyter.Message}
	}
	return answer{true, "Jupyter: " + s.Jupyter.Message}
}

// openPort is the port inside that the Open button leads to, or 0.
func openPort(p model.Plan) int {
	value, _ := p.Var("OPEN_BUTTON_PORT")
	for _, port := range p.Ports {
		if port.Protocol == model.TCP && strconv.Itoa(port.Asked) == value {
			return port.Internal
		}
	}
	return 0
}

// accepts reports whether something inside takes connections. The container's own address is asked: the
// engine's proxy on the published port takes every connection, whether or not anything listens behind it.
func accepts(ctx context.Context, address string) bool {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	return err == nil && conn.Close() == nil
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
// who it is doesn't matter for whether it is there.
func speaksHTTPS(ctx context.Context, address string) bool {
	client := http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // see above: nothing is sent or believed
		DisableKeepAlives: true,
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/api", nil)
	if err != nil {
		return false
	}
	answer, err := client.Do(request)
	return err == nil && answer.Body.Close() == nil
}

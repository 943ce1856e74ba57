package backend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"berth/backend/api"
	"berth/backend/engine"
)

var _ api.Backend = (*Machine)(nil)

// serveAPI serves the HTTP API for as long as this process is the keeper: on the machine's loopback, where
// instances reach it, and where the configuration says.
func (m *Machine) serveAPI(ctx context.Context) {
	s := api.New(m, m.log, m.now)
	defer s.Close()
	defer m.door.shut()
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(m.guarded(func() { m.listenSoon(ctx, s, m.listenLoopback) }))
	all.Go(m.guarded(func() { m.listenSoon(ctx, s, m.listenConfigured) }))
	all.Go(m.guarded(func() { m.findGateway(ctx) }))

	gateways, leave := m.gateways.join()
	defer leave()
	stop, at := context.CancelFunc(func() {}), ""
	for {
		select {
		case <-ctx.Done():
			stop()
			return
		case gateway := <-gateways:
			if gateway == at {
				continue // two found it at once
			}
			stop()
			at = gateway
			var here context.Context
			here, stop = context.WithCancel(ctx)
			all.Go(m.guarded(func() {
				m.listenSoon(here, s, func(ctx context.Context) (net.Listener, error) { return m.listenGateway(ctx, gateway) })
			}))
		}
	}
}

// errNowhere says that there is nothing to listen on, now or later.
var errNowhere = errors.New("nothing to listen on")

// listenSoon serves as soon as it can listen: the keeper before may still be letting go of its port.
func (m *Machine) listenSoon(ctx context.Context, s *api.Server, listen func(context.Context) (net.Listener, error)) {
	l, err := m.retry(ctx, listen)
	if err == nil {
		s.Serve(ctx, l)
	}
}

// retry listens until it works, it can't ever, or the context ends.
func (m *Machine) retry(ctx context.Context, listen func(context.Context) (net.Listener, error)) (net.Listener, error) {
	const shortest, longest = 50 * time.Millisecond, 2 * time.Second
	said := ""
	for pause := shortest; ; pause = min(2*pause, longest) {
		l, err := listen(ctx)
		if err == nil || errors.Is(err, errNowhere) || ctx.Err() != nil {
			return l, err
		}
		if pause == longest && said != err.Error() { // it isn't the keeper before
			said = err.Error()
			m.log.Warn("serving the API", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// findGateway makes the instances' network as soon as the engine answers, so that instances of earlier keepers
// reach this one before it launches any.
func (m *Machine) findGateway(ctx context.Context) {
	_, _ = m.retry(ctx, func(ctx context.Context) (net.Listener, error) {
		_, err := m.ensureNetwork(ctx)
		m.noteAPI(ctx, err)
		if err == nil {
			err = errNowhere // it isn't for us to listen there
		}
		return nil, err
	}) // its error is said by then
}

// listenLoopback is for what runs on this machine.
func (m *Machine) listenLoopback(ctx context.Context) (net.Listener, error) {
	port, held, err := m.door.open(ctx, m)
	if held != nil || err != nil {
		return held, err
	}
	if m.configuredEverywhere(port) {
		return nil, errNowhere
	}
	return listenAt(ctx, "127.0.0.1", port)
}

// listenGateway is for instances. Whoever could send packets to this address from elsewhere is hung up on.
func (m *Machine) listenGateway(ctx context.Context, gateway string) (l net.Listener, err error) {
	defer func() { m.noteAPI(ctx, err) }()
	facts, err := m.engine.Facts(ctx)
	if err != nil {
		return nil, err
	}
	if !facts.Local {
		return nil, errNowhere // the address is another machine's
	}
	port, err := m.apiPort(ctx)
	if err != nil {
		return nil, err
	}
	if m.configuredEverywhere(port) {
		return nil, errNowhere
	}
	if l, err = listenAt(ctx, gateway, port); err != nil {
		return nil, err
	}
	return &neighbours{Listener: l, gateway: net.ParseIP(gateway)}, nil
}

// listenConfigured is for the outside, where the configuration wants it.
func (m *Machine) listenConfigured(ctx context.Context) (net.Listener, error) {
	where := m.catalog.Config().API.Listen
	if where == "" {
		return nil, errNowhere
	}
	return new(net.ListenConfig).Listen(ctx, "tcp", where)
}

// configuredEverywhere reports whether the configuration has the API listen at all addresses, at this port.
func (m *Machine) configuredEverywhere(port int) bool {
	host, p, err := net.SplitHostPort(m.catalog.Config().API.Listen)
	ip := net.ParseIP(host)
	return err == nil && p == strconv.Itoa(port) && (host == "" || ip != nil && ip.IsUnspecified())
}

func listenAt(ctx context.Context, host string, port int) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
}

// noteAPI has every screen say what keeps instances from reaching the API.
func (m *Machine) noteAPI(ctx context.Context, err error) {
	if ctx.Err() != nil || errors.Is(err, engine.ErrUnavailable) { // the engine's absence is said already
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.apiDown = ""
	if err != nil && !errors.Is(err, errNowhere) {
		m.apiDown = fmt.Sprintf("instances can't reach the API: %v", err)
	}
}

// apiURL is VAST_URL: where an instance reaches the API; empty where the instances' network isn't this machine's.
// The port is fixed before the first instance is told of it.
func (m *Machine) apiURL(ctx context.Context, facts engine.Facts, gateway string) (string, error) {
	if !facts.Local {
		return "", nil
	}
	port, err := m.apiPort(ctx)
	if err != nil {
		return "", err
	}
	return "http://" + net.JoinHostPort(gateway, strconv.Itoa(port)), nil
}

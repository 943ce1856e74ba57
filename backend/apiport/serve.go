package apiport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"berth/backend/engine"
	"berth/backend/feed"
	"berth/backend/label"
)

// A Server answers requests on the listeners it is given.
type Server interface {
	Serve(ctx context.Context, l net.Listener)
	Close()
}

// An Engine knows and makes the instances' network.
type Engine interface {
	Facts(ctx context.Context) (engine.Facts, error)
	EnsureNetwork(ctx context.Context, name string, labels map[string]string) (gateway string, err error)
}

// A Ledger stores the port's number.
type Ledger interface {
	Noted(ctx context.Context, key string) (string, error)
	Note(ctx context.Context, key, value string) error
}

// Parts are what a Port needs. All but Listen are required.
type Parts struct {
	Home   string // the state folder
	Engine Engine
	Ledger Ledger
	Listen string              // another address to listen at, from the configuration; empty: none
	Keeper func() int          // the process id of the machine's keeper; 0: none
	Server func() Server       // makes a Server, each time this process becomes the keeper
	Guard  func(func()) func() // wraps a goroutine's function so that a panic is caught
	Log    *slog.Logger
}

// A Port opens this machine's API listeners. Its methods may be called from any goroutine.
type Port struct {
	Parts
	proc     string // where the kernel shows processes
	number   number
	shelf    fdStore
	lookout  lookout
	gateways feed.Feed[string] // the gateway's address, each time it changes

	mu      sync.Mutex
	fence   Fence
	trouble string // why instances can't reach the API; empty if they can
}

// New makes a Port. Nothing listens before Serve.
func New(p Parts) *Port { return &Port{Parts: p, proc: "/proc"} }

// Serve serves the HTTP API until ctx ends, which is as long as this process is the keeper. It listens on the loopback,
// on the unix socket, at the gateway of the instances' network, and at the configured address.
func (p *Port) Serve(ctx context.Context) {
	s := p.Server()
	defer s.Close()
	defer p.number.closeUnused()
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(p.Guard(func() { p.listenSoon(ctx, s, p.listenLoopback) }))
	all.Go(p.Guard(func() { p.listenSoon(ctx, s, p.listenConfigured) }))
	all.Go(p.Guard(func() { p.listenSoon(ctx, s, p.listenSocket) }))
	all.Go(p.Guard(func() { p.findGateway(ctx) }))

	gateways, leave := p.gateways.Join()
	defer leave()
	stop, at := context.CancelFunc(func() {}), ""
	for {
		select {
		case <-ctx.Done():
			stop()
			return
		case gateway := <-gateways:
			if gateway == at {
				continue // the same address was published twice
			}
			stop()
			at = gateway
			var here context.Context
			here, stop = context.WithCancel(ctx)
			all.Go(p.Guard(func() {
				p.listenSoon(here, s, func(ctx context.Context) (net.Listener, error) { return p.listenGateway(ctx, gateway) })
			}))
		}
	}
}

// errNowhere says that this listener isn't wanted, now or later.
var errNowhere = errors.New("nothing to listen on")

// listenSoon serves as soon as listening works: the previous keeper may still be closing its port.
func (p *Port) listenSoon(ctx context.Context, s Server, listen func(context.Context) (net.Listener, error)) {
	l, err := p.retry(ctx, listen)
	if err == nil {
		s.Serve(ctx, l)
	}
}

// retry calls listen until it succeeds, returns errNowhere, or the context ends.
func (p *Port) retry(ctx context.Context, listen func(context.Context) (net.Listener, error)) (net.Listener, error) {
	const shortest, longest = 50 * time.Millisecond, 2 * time.Second
	said := ""
	for pause := shortest; ; pause = min(2*pause, longest) {
		l, err := listen(ctx)
		if err == nil || errors.Is(err, errNowhere) || ctx.Err() != nil {
			return l, err
		}
		if pause == longest && said != err.Error() { // too long for the previous keeper to be the reason
			said = err.Error()
			p.Log.Warn("serving the API", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// findGateway makes the instances' network as soon as the engine answers. So instances of earlier keepers can reach
// this keeper before it launches any.
func (p *Port) findGateway(ctx context.Context) {
	_, _ = p.retry(ctx, func(ctx context.Context) (net.Listener, error) {
		_, err := p.Gateway(ctx)
		p.noteTrouble(ctx, err)
		if err == nil {
			err = errNowhere // Serve listens at the gateway, not this function
		}
		return nil, err
	}) // the error was noted by then
}

// listenLoopback listens for programs on this machine.
func (p *Port) listenLoopback(ctx context.Context) (net.Listener, error) {
	port, held, err := p.number.open(ctx, p)
	if held != nil || err != nil {
		return held, err
	}
	if p.configuredEverywhere(port) {
		return nil, errNowhere
	}
	return p.listenAt(ctx, "127.0.0.1", port)
}

// listenGateway listens for instances. Connections from outside the gateway's network are closed.
func (p *Port) listenGateway(ctx context.Context, gateway string) (l net.Listener, err error) {
	defer func() { p.noteTrouble(ctx, err) }()
	facts, err := p.Engine.Facts(ctx)
	if err != nil {
		return nil, err
	}
	if !facts.Local {
		return nil, errNowhere // the engine runs on another machine, and so the address is there
	}
	port, err := p.ownPort(ctx)
	if err != nil {
		return nil, err
	}
	if p.configuredEverywhere(port) {
		return nil, errNowhere
	}
	if l, err = p.listenAt(ctx, gateway, port); err != nil {
		return nil, err
	}
	return &neighbours{Listener: l, gateway: net.ParseIP(gateway)}, nil
}

// listenConfigured listens at the configured address, for callers from outside.
func (p *Port) listenConfigured(ctx context.Context) (net.Listener, error) {
	where := p.Listen
	if where == "" {
		return nil, errNowhere
	}
	return p.shelf.listen(ctx, where)
}

// configuredEverywhere reports whether the configured address is this port on all addresses.
func (p *Port) configuredEverywhere(port int) bool {
	host, digits, err := net.SplitHostPort(p.Listen)
	ip := net.ParseIP(host)
	return err == nil && digits == strconv.Itoa(port) && (host == "" || ip != nil && ip.IsUnspecified())
}

func (p *Port) listenAt(ctx context.Context, host string, port int) (net.Listener, error) {
	return p.shelf.listen(ctx, net.JoinHostPort(host, strconv.Itoa(port)))
}

// noteTrouble records why instances can't reach the API, for every screen to show.
func (p *Port) noteTrouble(ctx context.Context, err error) {
	if ctx.Err() != nil || errors.Is(err, engine.ErrUnavailable) { // screens show an absent engine already
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trouble = ""
	if err != nil && !errors.Is(err, errNowhere) {
		p.trouble = fmt.Sprintf("instances can't reach the API: %v", err)
	}
}

// URL returns the value of VAST_URL: where an instance reaches the API. It is empty if the instances' network isn't on
// this machine. The port is fixed before the first instance is told it.
func (p *Port) URL(ctx context.Context, facts engine.Facts, gateway string) (string, error) {
	if !facts.Local {
		return "", nil
	}
	port, err := p.ownPort(ctx)
	if err != nil {
		return "", err
	}
	return "http://" + net.JoinHostPort(gateway, strconv.Itoa(port)), nil
}

// Gateway makes the instances' network if it doesn't exist, and returns its gateway. It asks the engine each time,
// because somebody may prune a network that has no containers.
func (p *Port) Gateway(ctx context.Context) (gateway string, err error) {
	if gateway, err = p.Engine.EnsureNetwork(ctx, label.Network, nil); err != nil {
		return "", err
	}
	p.closeHost(ctx, gateway)
	if last, _ := p.gateways.Newest(); last != gateway {
		p.gateways.Put(gateway)
	}
	return gateway, nil
}

// Trouble returns why instances can't reach the API; empty if they can.
func (p *Port) Trouble() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trouble
}

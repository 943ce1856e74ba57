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

// A Server answers on the listeners it is given.
type Server interface {
	Serve(ctx context.Context, l net.Listener)
	Close()
}

// An Engine has the instances' network.
type Engine interface {
	Facts(ctx context.Context) (engine.Facts, error)
	EnsureNetwork(ctx context.Context, name string, labels map[string]string) (gateway string, err error)
}

// A Ledger keeps the port's number.
type Ledger interface {
	Noted(ctx context.Context, key string) (string, error)
	Note(ctx context.Context, key, value string) error
}

// Parts are what a Port is put together from. All but Listen are required.
type Parts struct {
	Home   string // the state folder
	Engine Engine
	Ledger Ledger
	Listen string              // where the configuration wants the API too; empty: nowhere else
	Keeper func() int          // the process that keeps the machine; 0: none
	Server func() Server       // made anew each time this process becomes the keeper
	Guard  func(func()) func() // what a goroutine does, its panic caught
	Log    *slog.Logger
}

// A Port is where this machine's API is reached. Its methods may be called from any goroutine.
type Port struct {
	Parts
	number   number
	shelf    shelf
	lookout  lookout
	gateways feed.Feed[string] // where instances reach this machine

	mu      sync.Mutex
	fence   Fence
	trouble string // why instances can't reach the API; empty where they can
}

// New puts a Port together. Nothing listens yet: Serve does.
func New(p Parts) *Port { return &Port{Parts: p} }

// Serve serves the HTTP API for as long as this process is the keeper: on the machine's loopback, where
// instances reach it, and where the configuration says.
func (p *Port) Serve(ctx context.Context) {
	s := p.Server()
	defer s.Close()
	defer p.number.shut()
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
				continue // two found it at once
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

// errNowhere says that there is nothing to listen on, now or later.
var errNowhere = errors.New("nothing to listen on")

// listenSoon serves as soon as it can listen: the keeper before may still be letting go of its port.
func (p *Port) listenSoon(ctx context.Context, s Server, listen func(context.Context) (net.Listener, error)) {
	l, err := p.retry(ctx, listen)
	if err == nil {
		s.Serve(ctx, l)
	}
}

// retry listens until it works, it can't ever, or the context ends.
func (p *Port) retry(ctx context.Context, listen func(context.Context) (net.Listener, error)) (net.Listener, error) {
	const shortest, longest = 50 * time.Millisecond, 2 * time.Second
	said := ""
	for pause := shortest; ; pause = min(2*pause, longest) {
		l, err := listen(ctx)
		if err == nil || errors.Is(err, errNowhere) || ctx.Err() != nil {
			return l, err
		}
		if pause == longest && said != err.Error() { // it isn't the keeper before
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

// findGateway makes the instances' network as soon as the engine answers, so that instances of earlier keepers
// reach this one before it launches any.
func (p *Port) findGateway(ctx context.Context) {
	_, _ = p.retry(ctx, func(ctx context.Context) (net.Listener, error) {
		_, err := p.Gateway(ctx)
		p.noteTrouble(ctx, err)
		if err == nil {
			err = errNowhere // it isn't for us to listen there
		}
		return nil, err
	}) // its error is said by then
}

// listenLoopback is for what runs on this machine.
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

// listenGateway is for instances. Whoever could send packets to this address from elsewhere is hung up on.
func (p *Port) listenGateway(ctx context.Context, gateway string) (l net.Listener, err error) {
	defer func() { p.noteTrouble(ctx, err) }()
	facts, err := p.Engine.Facts(ctx)
	if err != nil {
		return nil, err
	}
	if !facts.Local {
		return nil, errNowhere // the address is another machine's
	}
	port, err := p.chosen(ctx)
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

// listenConfigured is for the outside, where the configuration wants it.
func (p *Port) listenConfigured(ctx context.Context) (net.Listener, error) {
	where := p.Listen
	if where == "" {
		return nil, errNowhere
	}
	return p.shelf.listen(ctx, where)
}

// configuredEverywhere reports whether the configuration has the API listen at all addresses, at this port.
func (p *Port) configuredEverywhere(port int) bool {
	host, digits, err := net.SplitHostPort(p.Listen)
	ip := net.ParseIP(host)
	return err == nil && digits == strconv.Itoa(port) && (host == "" || ip != nil && ip.IsUnspecified())
}

func (p *Port) listenAt(ctx context.Context, host string, port int) (net.Listener, error) {
	return p.shelf.listen(ctx, net.JoinHostPort(host, strconv.Itoa(port)))
}

// noteTrouble has every screen say what keeps instances from reaching the API.
func (p *Port) noteTrouble(ctx context.Context, err error) {
	if ctx.Err() != nil || errors.Is(err, engine.ErrUnavailable) { // the engine's absence is said already
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trouble = ""
	if err != nil && !errors.Is(err, errNowhere) {
		p.trouble = fmt.Sprintf("instances can't reach the API: %v", err)
	}
}

// URL is VAST_URL: where an instance reaches the API; empty where the instances' network isn't this machine's.
// The port is fixed before the first instance is told of it.
func (p *Port) URL(ctx context.Context, facts engine.Facts, gateway string) (string, error) {
	if !facts.Local {
		return "", nil
	}
	port, err := p.chosen(ctx)
	if err != nil {
		return "", err
	}
	return "http://" + net.JoinHostPort(gateway, strconv.Itoa(port)), nil
}

// Gateway makes the instances' network, unless it is there, and returns its gateway. It asks each time:
// somebody may tidy a network away that nothing runs on.
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

// Trouble is why instances can't reach the API; empty where they can.
func (p *Port) Trouble() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trouble
}

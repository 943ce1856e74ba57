package apiport

import (
	"context"
	"errors"
	"net"
)

// A Fence blocks connections into this machine that come from the bridge with this gateway, except those to the API's
// port.
type Fence func(ctx context.Context, gateway string, port int) error

// ErrOpen is what a Fence returns if the configuration wants no fence.
var ErrOpen = errors.New("host_services in config.toml says so")

// ErrNoService is what a Fence returns that puts up none, because only the machine's service does.
var ErrNoService = errors.New("the keeper isn't the machine's service")

// The ledger note that says how far instances reach into this machine, and its value if they reach the API only.
const (
	noteFence = "host.services"
	closed    = "closed"
)

// UseFence makes this process fence instances off from the rest of this machine while it is the keeper.
func (p *Port) UseFence(f Fence) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fence = f
}

// Reach returns why instances aren't fenced off from the rest of this machine; empty if they are.
func (p *Port) Reach(ctx context.Context) (why string, err error) {
	switch noted, err := p.Ledger.Noted(ctx, noteFence); {
	case err != nil || noted == closed:
		return "", err
	case noted == "":
		return "no keeper has closed it yet", nil
	default:
		return noted, nil
	}
}

// closeHost fences instances off from this machine and notes the outcome in the ledger for every process. It does so
// each time the network is asked for, because somebody may have reloaded the machine's firewall.
func (p *Port) closeHost(ctx context.Context, gateway string) {
	facts, err := p.Engine.Facts(ctx)
	if err != nil || !facts.Local || net.ParseIP(gateway) == nil {
		return
	}
	p.mu.Lock()
	fence := p.fence
	p.mu.Unlock()
	note := ErrNoService.Error()
	if fence != nil {
		note = closed
		port, err := p.ownPort(ctx)
		if err == nil {
			err = fence(ctx, gateway, port)
		}
		if err != nil {
			note = err.Error()
		}
	}
	if last, err := p.Ledger.Noted(ctx, noteFence); err == nil && last != note {
		if err := p.Ledger.Note(ctx, noteFence, note); err != nil {
			p.Log.Warn("noting what instances reach", "err", err)
		}
	}
}

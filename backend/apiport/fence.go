package apiport

import (
	"context"
	"errors"
	"net"
)

// A Fence closes this machine to what comes from the bridge whose gateway this is, but for the API's port.
type Fence func(ctx context.Context, gateway string, port int) error

// ErrOpen is what a Fence says where the machine's owner wants none.
var ErrOpen = errors.New("host_services in config.toml says so")

// The note that says how far instances reach into this machine, and what it says where they reach the API alone.
const (
	noteFence = "host.services"
	closed    = "closed"
)

// UseFence has instances kept out of the rest of this machine while this process is the keeper. It is for the service,
// which is root and stays.
func (p *Port) UseFence(f Fence) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fence = f
}

// Reach is what keeps instances from being closed out of the rest of this machine; empty where they are.
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

// closeHost closes this machine to instances, and notes for everybody how that went. It does so each time the network
// is asked for: somebody may have reloaded the machine's firewall.
func (p *Port) closeHost(ctx context.Context, gateway string) {
	facts, err := p.Engine.Facts(ctx)
	if err != nil || !facts.Local || net.ParseIP(gateway) == nil {
		return
	}
	p.mu.Lock()
	fence := p.fence
	p.mu.Unlock()
	note := "the keeper isn't the machine's service"
	if fence != nil {
		note = closed
		port, err := p.chosen(ctx)
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

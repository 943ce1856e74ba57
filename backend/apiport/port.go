// Package apiport opens the listeners of the HTTP API: on the loopback, at the gateway of the instances' network, on a
// unix socket in the state folder, and at the address that the configuration names. The API's own port is chosen once
// and stored in the ledger, because existing instances were told it. (An instance's ports: model.ChoosePorts.) Begin
// with Port.Serve.
package apiport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
)

// number is the API's own port, once it is known.
type number struct {
	mu   sync.Mutex
	port int
	held net.Listener // the listener that the choice was made with, until somebody serves on it
}

// The port is the first free one in this range.
const (
	firstPort, lastPort = 8800, 8999
	notePort            = "api.port"
)

// open returns the port. The first caller after the port was chosen also gets a listener on the loopback.
func (d *number) open(ctx context.Context, p *Port) (int, net.Listener, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	held := d.held
	d.held = nil
	if d.port != 0 {
		return d.port, held, nil
	}
	noted, err := p.Ledger.Noted(ctx, notePort)
	if err != nil {
		return 0, nil, err
	}
	if port, err := strconv.Atoi(noted); err == nil && port > 0 {
		d.port = port
		return port, nil, nil
	}
	port, l, err := p.choose(ctx)
	if err != nil {
		return 0, nil, err
	}
	if err := p.Ledger.Note(ctx, notePort, strconv.Itoa(port)); err != nil {
		return 0, nil, errors.Join(err, l.Close())
	}
	d.port = port
	return port, l, nil
}

// keep stores a listener for the next caller of open.
func (d *number) keep(l net.Listener) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held = l
}

// closeUnused closes a listener that nobody took.
func (d *number) closeUnused() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held != nil {
		_ = d.held.Close() // nothing was served on it
		d.held = nil
	}
}

// choose finds a free port by listening on it.
func (p *Port) choose(ctx context.Context) (int, net.Listener, error) {
	var errs []error
	for port := firstPort; port <= lastPort; port++ {
		if p.configuredEverywhere(port) {
			continue // the configured listener is going to take this one
		}
		l, err := p.listenAt(ctx, "127.0.0.1", port)
		if err == nil {
			return port, l, nil
		}
		errs = append(errs, err)
	}
	return 0, nil, fmt.Errorf("no port of %d-%d is free for the API: %w", firstPort, lastPort, errs[0])
}

// ownPort returns the API's own port, and chooses it first if needed.
func (p *Port) ownPort(ctx context.Context) (int, error) {
	port, held, err := p.number.open(ctx, p)
	if held != nil { // this caller doesn't listen on the loopback
		p.number.keep(held)
	}
	return port, err
}

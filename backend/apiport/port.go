// Package apiport is where the HTTP API listens: on the machine's loopback, at the gateway of the instances' network,
// and where the configuration says. The port is chosen once and kept in the ledger, for old instances know it.
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
	held net.Listener // what the choice was made with, until somebody serves on it
}

// The port is the first that is free from here on.
const (
	firstPort, lastPort = 8800, 8999
	notePort            = "api.port"
)

// open returns the port, and, to the first who asks after it was chosen, a listener on the loopback.
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

// keep takes a listener back for the next who asks.
func (d *number) keep(l net.Listener) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held = l
}

// shut closes a listener that nobody asked for.
func (d *number) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held != nil {
		_ = d.held.Close() // nobody was told of it
		d.held = nil
	}
}

// choose finds a free port by listening on it.
func (p *Port) choose(ctx context.Context) (int, net.Listener, error) {
	var errs []error
	for port := firstPort; port <= lastPort; port++ {
		if p.configuredEverywhere(port) {
			continue // one that is taken soon
		}
		l, err := p.listenAt(ctx, "127.0.0.1", port)
		if err == nil {
			return port, l, nil
		}
		errs = append(errs, err)
	}
	return 0, nil, fmt.Errorf("no port of %d-%d is free for the API: %w", firstPort, lastPort, errs[0])
}

// chosen is the API's own port, chosen now where it wasn't.
func (p *Port) chosen(ctx context.Context) (int, error) {
	port, held, err := p.number.open(ctx, p)
	if held != nil { // not for us to listen on
		p.number.keep(held)
	}
	return port, err
}

package backend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
)

// A door is the API's own port. It is chosen once and kept in the ledger: old instances know it.
type door struct {
	mu   sync.Mutex
	port int
	held net.Listener // what the choice was made with, until somebody serves on it
}

// The port is the first that is free from here on.
const (
	firstDoor, lastDoor = 8800, 8999
	notePort            = "api.port"
)

// open returns the port, and, to the first who asks after it was chosen, a listener on the loopback.
func (d *door) open(ctx context.Context, m *Machine) (int, net.Listener, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	held := d.held
	d.held = nil
	if d.port != 0 {
		return d.port, held, nil
	}
	noted, err := m.ledger.Noted(ctx, notePort)
	if err != nil {
		return 0, nil, err
	}
	if port, err := strconv.Atoi(noted); err == nil && port > 0 {
		d.port = port
		return port, nil, nil
	}
	port, l, err := m.chooseDoor(ctx)
	if err != nil {
		return 0, nil, err
	}
	if err := m.ledger.Note(ctx, notePort, strconv.Itoa(port)); err != nil {
		return 0, nil, errors.Join(err, l.Close())
	}
	d.port = port
	return port, l, nil
}

// keep takes a listener back for the next who asks.
func (d *door) keep(l net.Listener) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held = l
}

// shut closes a listener that nobody asked for.
func (d *door) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held != nil {
		_ = d.held.Close() // nobody was told of it
		d.held = nil
	}
}

// chooseDoor finds a free port by listening on it.
func (m *Machine) chooseDoor(ctx context.Context) (int, net.Listener, error) {
	var errs []error
	for port := firstDoor; port <= lastDoor; port++ {
		if m.configuredEverywhere(port) {
			continue // one that is taken soon
		}
		l, err := listenAt(ctx, "127.0.0.1", port)
		if err == nil {
			return port, l, nil
		}
		errs = append(errs, err)
	}
	return 0, nil, fmt.Errorf("no port of %d-%d is free for the API: %w", firstDoor, lastDoor, errs[0])
}

// apiPort is the API's own port, chosen now where it wasn't.
func (m *Machine) apiPort(ctx context.Context) (int, error) {
	port, held, err := m.door.open(ctx, m)
	if held != nil { // not for us to listen on
		m.door.keep(held)
	}
	return port, err
}

package ledger

import (
	"context"
	"errors"
	"sync"
	"time"
)

// A Pool keeps the connections of ledgers that were closed, with their prepared statements, for the next ones that it
// opens on the same file. To open a connection takes as long as a hundred small transactions. A program that opens one
// ledger doesn't notice; one that plays thousands of short lives, as the simulation does, would do little else.
//
// Call Close before the file is removed or replaced. The zero Pool is empty.
type Pool struct {
	mu   sync.Mutex
	idle map[string][]*cachedConn // by what they were opened with
}

// Open is the function Open, with the pool's connections.
func (p *Pool) Open(ctx context.Context, dir string, now func() time.Time) (*Ledger, error) {
	return openFrom(ctx, p, dir, now)
}

// Close closes the connections that no ledger has. The pool can be used again.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, conns := range p.idle {
		for _, c := range conns {
			errs = append(errs, c.discard())
		}
	}
	p.idle = nil
	return errors.Join(errs...)
}

// take returns an idle connection, or nil.
func (p *Pool) take(key string) *cachedConn {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	conns := p.idle[key]
	if len(conns) == 0 {
		return nil
	}
	last := len(conns) - 1
	p.idle[key] = conns[:last]
	return conns[last]
}

// put keeps a connection that its ledger has closed.
func (p *Pool) put(key string, c *cachedConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle == nil {
		p.idle = map[string][]*cachedConn{}
	}
	p.idle[key] = append(p.idle[key], c)
}

package backend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"berth/backend/crash"
)

// ErrStateGone says that the state folder was removed or replaced under a running berth. Files that are open go on
// being read and written, but nobody else sees them: two processes could both think they are the keeper, and
// both promise one GPU.
var ErrStateGone = errors.New("the state folder was removed or replaced while berth ran: start it again")

// watchState ends the run once that has happened.
func (m *Machine) watchState(ctx context.Context) {
	const look = 3 * time.Second
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if m.parts.Ledger.Gone() {
			m.halt(fmt.Errorf("%s: %w", m.parts.Home, ErrStateGone))
		}
	}
}

// haltOf is why a run ended before its context did; nil where it didn't.
func haltOf(ctx context.Context) error {
	var c *crash.Crash
	switch cause := context.Cause(ctx); {
	case errors.As(cause, &c):
		return c
	case errors.Is(cause, ErrStateGone):
		return cause
	}
	return nil
}

package backend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"berth/backend/crash"
)

// ErrStateGone says that the state folder was removed or replaced while berth ran. Open files can still be read and
// written, but other processes don't see them: two processes could both believe that they are the keeper, and both
// promise the same GPU.
var ErrStateGone = errors.New("the state folder was removed or replaced while berth ran: start it again")

// watchState ends the run when the state folder was removed or replaced.
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

// haltOf returns why a run ended before its context did; nil if it didn't.
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

package backend

import (
	"context"
	"errors"
	"fmt"
	"time"
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
		if m.ledger.Gone() {
			m.halt(fmt.Errorf("%s: %w", m.home, ErrStateGone))
		}
	}
}

package backend

import (
	"context"
	"time"

	"berth/model"
)

// Newest is the newest fleet known; false before there is one, or where Run isn't under way.
func (m *Machine) Newest() (model.Fleet, bool) { return m.fleets.newest() }

// CatchUp returns when Newest knows of everything that was written to the ledger before the call, or after a
// moment where that takes longer.
func (m *Machine) CatchUp(ctx context.Context) {
	const moment = 500 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	asked := m.now()
	worlds, leave := m.worlds.join()
	defer leave()
	select {
	case m.observer.reread <- struct{}{}:
	default: // one is pending, which will read what there is then
	}
	for {
		select {
		case w := <-worlds:
			if !w.readAt.Before(asked) {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

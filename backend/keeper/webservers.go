package keeper

import (
	"context"
	"maps"
	"slices"
	"time"

	"berth/backend/engine"
	"berth/backend/inside"
	"berth/backend/world"
	"berth/model"
)

// webServerTimeout is how long a check of one instance's web servers may block the keeper.
const webServerTimeout = 200 * time.Millisecond

// watchWebServers checks whether the web servers of a running instance answer, and writes what changed. It is called
// when there is a new world, so it needs no timer.
func (k *Keeper) watchWebServers(ctx context.Context, w world.World, i model.Instance, c *engine.Container) {
	now := k.Now()
	switch {
	case i.Phase != model.PhaseRunning || c == nil || !c.Alive() || len(c.IPs) == 0 || !w.Facts.Local || len(i.Doors()) == 0:
		return
	case now.Sub(k.watched[i.ID]) < webServerPause(now.Sub(i.StartedAt)):
		return
	}
	k.watched[i.ID] = now
	looking, cancel := context.WithTimeout(ctx, webServerTimeout)
	seen := inside.CheckWebServers(looking, i, c)
	late := looking.Err()
	cancel()
	if late != nil || maps.Equal(seen.Silent, i.Silent) && slices.Equal(seen.Secure, i.Secure) {
		return
	}
	k.complain(ctx, i.ID, "looking for its web servers", k.write(ctx, i, func(now *model.Instance) {
		if now.Phase == model.PhaseRunning && now.Container == c.ID && now.StartedAt.Equal(i.StartedAt) {
			now.Silent, now.Secure = seen.Silent, seen.Secure
			now.Message = inside.Said(*now) + diskException(now.Plan)
		} // otherwise the world had a row from before this start
	}))
}

// webServerPause returns the time between two checks of an instance that has run for age: servers that start with the
// instance start soon.
func webServerPause(age time.Duration) time.Duration {
	return min(max(age/10, time.Second), 15*time.Second)
}

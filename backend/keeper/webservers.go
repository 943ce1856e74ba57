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

// webServerWait is how long looking for one instance's web servers may hold the keeper up.
const webServerWait = 200 * time.Millisecond

// watchWebServers sees whether the web servers of a running instance answer still, or by now, and writes down what has
// changed. It looks when there is a new world to look at, so nothing is woken for it.
func (k *Keeper) watchWebServers(ctx context.Context, w world.World, i model.Instance, c *engine.Container) {
	now := k.Now()
	switch {
	case i.Phase != model.PhaseRunning || c == nil || !c.Alive() || len(c.IPs) == 0 || !w.Facts.Local || len(i.Doors()) == 0:
		return
	case now.Sub(k.watched[i.ID]) < webServerPause(now.Sub(i.StartedAt)):
		return
	}
	k.watched[i.ID] = now
	looking, cancel := context.WithTimeout(ctx, webServerWait)
	seen := inside.See(looking, i, c)
	late := looking.Err()
	cancel()
	if late != nil || maps.Equal(seen.Silent, i.Silent) && slices.Equal(seen.Secure, i.Secure) {
		return
	}
	k.complain(ctx, i.ID, "looking for its web servers", k.write(ctx, i, func(now *model.Instance) {
		if now.Phase == model.PhaseRunning && now.Container == c.ID && now.StartedAt.Equal(i.StartedAt) {
			now.Silent, now.Secure = seen.Silent, seen.Secure
			now.Message = inside.Said(*now) + diskException(now.Plan)
		} // else the world had its row of before this start
	}))
}

// webServerPause is how far apart two looks are at an instance that has run for so long: what comes with it comes soon.
func webServerPause(age time.Duration) time.Duration {
	return min(max(age/10, time.Second), 15*time.Second)
}

package keeper

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/backend/world"
	"berth/model"
)

// diskHold finds out whether an engine enforces disk sizes, once for each engine.
type diskHold struct {
	try  func(ctx context.Context, f engine.Facts) (world.Holding, error)
	note func(ctx context.Context, h world.Holding) error

	mu    sync.Mutex
	found world.Holding
}

// of returns how this engine holds sizes. The first caller waits for the trial. If the trial had no result, the next
// caller repeats it. An error means that the engine was away or the context ended.
func (h *diskHold) of(ctx context.Context, f engine.Facts) (world.Holding, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.found.Engine == world.EngineOf(f) && h.found.Hold != "" {
		return h.found, nil
	}
	found, err := h.try(ctx, f)
	if err != nil {
		return world.Holding{}, err
	}
	h.found = found
	return found, h.note(ctx, found)
}

// refused records that a create was refused because of its size, whatever the trial had found.
func (h *diskHold) refused(ctx context.Context, f engine.Facts, cause error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.found = world.Holding{Engine: world.EngineOf(f), Hold: model.DiskWatched, Why: cause.Error()}
	return h.note(ctx, h.found)
}

// tryDisk finds out how an engine holds sizes.
func (m *maker) tryDisk(ctx context.Context, f engine.Facts) (world.Holding, error) {
	out := world.Holding{Engine: world.EngineOf(f), Hold: model.DiskWatched}
	if m.WatchDisk {
		out.Why = world.WatchedByChoice
		return out, nil
	}
	may := false
	if may, out.Why = world.MayHold(f); !may {
		return out, nil
	}
	o := overfill{engine: m.Engine, name: "berth-disk-" + label.Mark(m.Home)}
	if f.StorageDriver == world.DriverZFS {
		o.pause = zfsPause
	}
	held, why, err := o.run(ctx)
	switch {
	case ctx.Err() != nil:
		return out, ctx.Err()
	case errors.Is(err, engine.ErrUnavailable):
		return out, err
	case err != nil:
		out.Hold, out.Why = "", fmt.Sprintf("whether %s holds sizes couldn't be tried: %v", f.StorageDriver, err)
		m.Log.Warn("trying a disk size", "driver", f.StorageDriver, "err", err)
		return out, nil
	case held:
		out.Hold = model.DiskEnforced
	}
	out.Why = f.StorageDriver + ": " + why
	m.Log.Info("tried a disk size", "hold", out.Hold, "why", out.Why)
	return out, nil
}

package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"berth/backend/catalog"
	"berth/backend/engine"
	"berth/model"
)

// A holding is how an engine holds containers to the sizes they are created with, and why that is thought. The
// keeper finds it out and notes it in the ledger, for the screens.
type holding struct {
	Engine string         `json:"engine"` // which it was found out on
	Hold   model.DiskHold `json:"hold"`   // empty: it couldn't be found out
	Why    string         `json:"why"`
}

const (
	noteHolding   = "disk.hold"
	whyConfigured = "disk_sizes in config.toml says so"
)

// engineOf names an engine by everything that decides whether it holds sizes.
func engineOf(f engine.Facts) string {
	return strings.Join([]string{f.Version, f.StorageDriver, f.BackingFS, f.RootDir, fmt.Sprint(f.Snapshotter)}, " ")
}

// mayHold reports whether trying is worth the while: these drivers can hold sizes, on some machines. Of the others
// it says why not.
func mayHold(f engine.Facts) (may bool, why string) {
	switch {
	case f.Snapshotter, f.StorageDriver == driverBtrfs, f.StorageDriver == driverZFS:
		return true, ""
	case f.StorageDriver == "overlay2" && f.BackingFS == "xfs":
		return true, ""
	case f.StorageDriver == "overlay2":
		return false, "overlay2 holds sizes on xfs alone, and its data is on " + f.BackingFS
	}
	return false, f.StorageDriver + " holds no sizes"
}

const (
	driverBtrfs = "btrfs"
	driverZFS   = "zfs"
)

// holds finds out how the engine holds sizes, once for each that it meets.
type holds struct {
	m *Machine

	mu    sync.Mutex
	found holding
}

// of is how this engine holds sizes; the first to ask waits until that has been tried. What couldn't be found out is
// tried again for the next who asks. An error says that there was no time to, or no engine.
func (h *holds) of(ctx context.Context, f engine.Facts) (holding, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.found.Engine == engineOf(f) && h.found.Hold != "" {
		return h.found, nil
	}
	found, err := h.m.try(ctx, f)
	if err != nil {
		return holding{}, err
	}
	h.found = found
	return found, h.m.noteHolding(ctx, found)
}

// refused is the news that a size was refused at a create, whatever was found out before.
func (h *holds) refused(ctx context.Context, f engine.Facts, cause error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.found = holding{Engine: engineOf(f), Hold: model.DiskWatched, Why: cause.Error()}
	return h.m.noteHolding(ctx, h.found)
}

// try finds out how an engine holds sizes.
func (m *Machine) try(ctx context.Context, f engine.Facts) (holding, error) {
	out := holding{Engine: engineOf(f), Hold: model.DiskWatched}
	if m.catalog.Config().DiskSizes == catalog.DiskSizesWatched {
		out.Why = whyConfigured
		return out, nil
	}
	may := false
	if may, out.Why = mayHold(f); !may {
		return out, nil
	}
	o := overfill{engine: m.engine, name: "berth-disk-" + m.mark()}
	if f.StorageDriver == driverZFS {
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
		m.log.Warn("trying a disk size", "driver", f.StorageDriver, "err", err)
		return out, nil
	case held:
		out.Hold = model.DiskEnforced
	}
	out.Why = f.StorageDriver + ": " + why
	m.log.Info("tried a disk size", "hold", out.Hold, "why", out.Why)
	return out, nil
}

func (m *Machine) noteHolding(ctx context.Context, h holding) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return m.ledger.Note(ctx, noteHolding, string(text))
}

// holdingNoted is what the last keeper found out; zero where none did.
func (m *Machine) holdingNoted(ctx context.Context) holding {
	text, err := m.ledger.Noted(ctx, noteHolding)
	if err != nil || text == "" {
		return holding{}
	}
	var h holding
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		m.log.Error("a note in the ledger can't be read", "key", noteHolding, "text", text)
	}
	return h
}

// diskHeld is how disks are held on the world's engine, and why. What nobody has found out counts as watched.
func (w world) diskHeld() (model.DiskHold, string) {
	switch {
	case w.holding.Engine != engineOf(w.facts):
		return model.DiskWatched, "no keeper has met this engine yet, to try whether it holds sizes"
	case w.holding.Hold == "":
		return model.DiskWatched, w.holding.Why
	}
	return w.holding.Hold, w.holding.Why
}

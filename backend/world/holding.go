package world

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"berth/backend/engine"
	"berth/model"
)

// A Holding is how an engine holds containers to the sizes they are created with, and why that is thought. The
// keeper finds it out and notes it in the ledger, for the screens.
type Holding struct {
	Engine string         `json:"engine"` // which it was found out on
	Hold   model.DiskHold `json:"hold"`   // empty: it couldn't be found out
	Why    string         `json:"why"`
}

const noteHolding = "disk.hold"

// WatchedByChoice is why sizes are not asked for where the configuration forbids it.
const WatchedByChoice = "disk_sizes in config.toml says so"

// EngineOf names an engine by everything that decides whether it holds sizes.
func EngineOf(f engine.Facts) string {
	return strings.Join([]string{f.Version, f.StorageDriver, f.BackingFS, f.RootDir, fmt.Sprint(f.Snapshotter)}, " ")
}

// MayHold reports whether trying is worth the while: these drivers can hold sizes, on some machines. Of the others
// it says why not.
func MayHold(f engine.Facts) (may bool, why string) {
	switch {
	case f.Snapshotter, f.StorageDriver == DriverBtrfs, f.StorageDriver == DriverZFS:
		return true, ""
	case f.StorageDriver == "overlay2" && f.BackingFS == "xfs":
		return true, ""
	case f.StorageDriver == "overlay2":
		return false, "overlay2 holds sizes on xfs alone, and its data is on " + f.BackingFS
	}
	return false, f.StorageDriver + " holds no sizes"
}

// Storage drivers that need a word of their own.
const (
	DriverBtrfs = "btrfs"
	DriverZFS   = "zfs"
)

// NoteHolding notes what a keeper found out.
func NoteHolding(ctx context.Context, l Notes, h Holding) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return l.Note(ctx, noteHolding, string(text))
}

// holdingNoted is what the last keeper found out; zero where none did.
func (o *Observer) holdingNoted(ctx context.Context) Holding {
	text, err := o.Ledger.Noted(ctx, noteHolding)
	if err != nil || text == "" {
		return Holding{}
	}
	var h Holding
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		o.Log.Error("a note in the ledger can't be read", "key", noteHolding, "text", text)
	}
	return h
}

// DiskHeld is how disks are held on the world's engine, and why. What nobody has found out counts as watched.
func (w World) DiskHeld() (model.DiskHold, string) {
	switch {
	case w.Holding.Engine != EngineOf(w.Facts):
		return model.DiskWatched, "no keeper has met this engine yet, to try whether it holds sizes"
	case w.Holding.Hold == "":
		return model.DiskWatched, w.Holding.Why
	}
	return w.Holding.Hold, w.Holding.Why
}

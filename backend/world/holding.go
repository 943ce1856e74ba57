package world

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"berth/backend/engine"
	"berth/model"
)

// A Holding says how an engine limits containers to the disk size they were created with, and how berth knows. The
// keeper finds it out and notes it in the ledger, for the screens.
type Holding struct {
	Engine string         `json:"engine"` // the engine that it was found out on
	Hold   model.DiskHold `json:"hold"`   // empty: it couldn't be found out
	Why    string         `json:"why"`
}

const holdingNote = "disk.hold"

// WatchedByChoice is the reason if the configuration forbids disk sizes.
const WatchedByChoice = "disk_sizes in config.toml says so"

// EngineOf identifies an engine by everything that decides whether it can limit sizes.
func EngineOf(f engine.Facts) string {
	return strings.Join([]string{f.Version, f.StorageDriver, f.BackingFS, f.RootDir, fmt.Sprint(f.Snapshotter)}, " ")
}

// MayHold reports whether it is worth trying: these storage drivers can limit sizes on some machines. For other drivers
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

// Storage drivers that are handled specially.
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
	return l.Note(ctx, holdingNote, string(text))
}

// holdingNoted returns what the last keeper found out; the zero Holding if none did.
func (o *Observer) holdingNoted(ctx context.Context) Holding {
	text, err := o.Ledger.Noted(ctx, holdingNote)
	if err != nil || text == "" {
		return Holding{}
	}
	var h Holding
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		o.Log.Error("a note in the ledger can't be read", "key", holdingNote, "text", text)
	}
	return h
}

// DiskHeld returns how disk sizes are held on the world's engine, and why. Unknown counts as watched.
func (w World) DiskHeld() (model.DiskHold, string) {
	switch {
	case w.Holding.Engine != EngineOf(w.Facts):
		return model.DiskWatched, "no keeper has met this engine yet, to try whether it holds sizes"
	case w.Holding.Hold == "":
		return model.DiskWatched, w.Holding.Why
	}
	return w.Holding.Hold, w.Holding.Why
}

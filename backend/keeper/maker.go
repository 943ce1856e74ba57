package keeper

import (
	"context"

	"berth/backend/world"
)

// A maker makes containers: it sees to the image, gathers what the engine is asked for, decides how the disk is held,
// and puts in the files that are promised to be there.
type maker struct {
	*desk
	disks *diskHold
}

func newMaker(d *desk) maker {
	m := maker{desk: d, disks: &diskHold{}}
	m.disks.try = m.tryDisk
	m.disks.note = func(ctx context.Context, h world.Holding) error { return world.NoteHolding(ctx, d.Ledger, h) }
	return m
}

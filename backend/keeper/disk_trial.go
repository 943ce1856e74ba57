package keeper

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/model"
)

// An overfill writes more into a container than the size it was created with, to see whether the engine holds it
// to that. That the create succeeded proves nothing: containerd's image store takes every size and holds none.
//
// Nothing is run for it. Files are unpacked into a container that is never started, which the engine itself does,
// with more rights than an instance ever has. What a killed keeper's overfill left behind goes by its name.
type overfill struct {
	engine Engine
	name   string        // of the container, and of its image
	pause  time.Duration // between two pieces, for a driver that counts what is written only now and then
}

// Twice the size is written, in pieces. The size is small, so that a keeper can afford to try at each of its starts.
const (
	overfillSize   = 16 * model.MiB
	overfillPiece  = 4 * model.MiB
	overfillPieces = 8
	overfillWait   = time.Minute
)

// zfsPause is between two pieces on zfs, which looks at quotas when it writes its transactions, each five seconds.
const zfsPause = 1500 * time.Millisecond

// Kinds of what an overfill comes to when it can't tell.
var (
	errTooEarly  = errors.New("not even a part of a size could be written")
	errWholeDisk = errors.New("the disk itself is full")
)

// run reports whether a write beyond a size was refused, or why sizes aren't held, in words. An error says why it
// couldn't be found out.
func (o overfill) run(ctx context.Context) (held bool, why string, err error) {
	ctx, cancel := context.WithTimeout(ctx, overfillWait)
	defer cancel()
	if err := o.clear(ctx); err != nil {
		return false, "", err
	}
	defer func() { // also when the keeper is told to end
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), overfillWait)
		defer cancel()
		err = errors.Join(err, o.clear(ctx))
	}()
	empty, err := engine.OneFile("empty", nil)
	if err != nil {
		return false, "", err
	}
	if err := o.engine.Import(ctx, o.name, empty, nil); err != nil {
		return false, "", err
	}
	written, err := o.fill(ctx, overfillSize)
	switch {
	case errors.Is(err, engine.ErrDiskQuota):
		return false, err.Error(), nil
	case err == nil:
		return false, fmt.Sprintf("when tried, %s went into a container of %s", written.Binary(), overfillSize.Binary()), nil
	case !errors.Is(err, engine.ErrDiskFull):
		return false, "", err
	case written == 0:
		return false, "", fmt.Errorf("%w: %w", errTooEarly, err)
	}
	// The same without a size must succeed, else it wasn't the size that ended the first.
	if _, err = o.fill(ctx, 0); errors.Is(err, engine.ErrDiskFull) {
		err = fmt.Errorf("%w: %w", errWholeDisk, err)
	}
	if err != nil {
		return false, "", err
	}
	return true, "when tried, a write beyond a size was refused", nil
}

// fill makes a container of that size and unpacks piece after piece into it; it returns how much went in.
func (o overfill) fill(ctx context.Context, size model.Bytes) (written model.Bytes, err error) {
	id, err := o.engine.Create(ctx, engine.Request{
		Name: o.name, Image: o.name, Entrypoint: []string{"/empty"}, Network: "none",
		Labels: map[string]string{label.Helper: "disk"}, Resources: engine.Resources{DiskSize: size},
	})
	if err != nil {
		return 0, err
	}
	piece := make([]byte, overfillPiece)
	for n := range overfillPieces {
		_, _ = rand.Read(piece) // never fails; anything else might be compressed
		archive, err := engine.OneFile(fmt.Sprintf("piece-%d", n), piece)
		if err != nil {
			return written, err
		}
		if err := o.engine.CopyTo(ctx, id, "/", bytes.NewReader(archive.Bytes())); err != nil {
			return written, errors.Join(err, o.remove(ctx))
		}
		if written += overfillPiece; size == 0 || o.pause == 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return written, ctx.Err()
		case <-time.After(o.pause):
		}
	}
	return written, o.remove(ctx)
}

// clear removes everything of an overfill, of this one or an earlier one.
func (o overfill) clear(ctx context.Context) error {
	return errors.Join(o.remove(ctx), o.engine.RemoveImage(ctx, o.name))
}

func (o overfill) remove(ctx context.Context) error {
	if err := o.engine.Remove(ctx, o.name); err != nil && !errors.Is(err, engine.ErrNotFound) {
		return err
	}
	return nil
}

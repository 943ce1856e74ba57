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

// An overfill writes more into a container than the size it was created with, to test whether the engine enforces that
// size. A successful create proves nothing: containerd's image store accepts every size and enforces none.
//
// Nothing runs for this test. The engine itself unpacks files into a container that is never started; the engine has
// more rights than an instance, so a limit that holds for it holds for an instance too. Leftovers of a killed keeper's
// overfill are found and removed by their name.
type overfill struct {
	engine Engine
	name   string        // of the container, and of its image
	pause  time.Duration // between two pieces, for drivers that count written data only now and then
}

// Twice the size is written, in pieces. The size is small, so that a keeper can run the test at each of its starts.
const (
	overfillSize   = 16 * model.MiB
	overfillPiece  = 4 * model.MiB
	overfillPieces = 8
	overfillWait   = time.Minute
)

// zfsPause is the pause between two pieces on zfs, which checks quotas when it writes a transaction group, every five
// seconds.
const zfsPause = 1500 * time.Millisecond

// The errors of an overfill without a result.
var (
	errTooEarly  = errors.New("not even a part of a size could be written")
	errWholeDisk = errors.New("the disk itself is full")
)

// run reports whether a write beyond the size was refused; if not, why says in words what happened instead. An error
// says why it couldn't be found out.
func (o overfill) run(ctx context.Context) (held bool, why string, err error) {
	ctx, cancel := context.WithTimeout(ctx, overfillWait)
	defer cancel()
	if err := o.clear(ctx); err != nil {
		return false, "", err
	}
	defer func() { // also if the keeper is told to end
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
	// The same writes without a size must succeed. Otherwise something other than the size stopped the first ones.
	if _, err = o.fill(ctx, 0); errors.Is(err, engine.ErrDiskFull) {
		err = fmt.Errorf("%w: %w", errWholeDisk, err)
	}
	if err != nil {
		return false, "", err
	}
	return true, "when tried, a write beyond a size was refused", nil
}

// fill creates a container with a size and unpacks one piece after another into it. It returns how much was written.
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
		_, _ = rand.Read(piece) // never fails; random data can't be compressed
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

// clear removes the container and the image of this overfill or of an earlier one.
func (o overfill) clear(ctx context.Context) error {
	return errors.Join(o.remove(ctx), o.engine.RemoveImage(ctx, o.name))
}

func (o overfill) remove(ctx context.Context) error {
	if err := o.engine.Remove(ctx, o.name); err != nil && !errors.Is(err, engine.ErrNotFound) {
		return err
	}
	return nil
}

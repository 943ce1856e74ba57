package backend

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// containerNames are what an instance's container may be called: as the instance, or, where another ledger's has
// that name on the same engine, a name that only this ledger uses. Two ledgers that launch at the same moment
// choose the same number: each sees the engine before the other's container is made.
func (m *Machine) containerNames(id model.InstanceID) []string {
	return []string{id.String(), id.String() + "-" + m.mark()}
}

// mark is a short name of this ledger, for what it has on an engine that several may share.
func (m *Machine) mark() string {
	const digits = 8
	sum := sha256.Sum256([]byte(m.home))
	return hex.EncodeToString(sum[:])[:digits]
}

// createNamed makes the container under the first of its names that no stranger has.
func (k *Keeper) createNamed(ctx context.Context, i model.Instance, r engine.Request) (id string, err error) {
	for _, r.Name = range k.m.containerNames(i.ID) {
		if id, err = k.m.engine.Create(ctx, r); !errors.Is(err, engine.ErrConflict) {
			return id, err
		}
		switch made, err := k.begun(ctx, i); {
		case err != nil:
			return "", err
		case made != nil:
			return made.ID, nil
		}
	}
	return id, err
}

// begun waits for a container whose name is taken to show whether it is ours. The keeper before may have been
// killed while the engine was making it: its name is taken at once, it can be seen only when it is done.
func (k *Keeper) begun(ctx context.Context, i model.Instance) (*engine.Container, error) {
	const patience, pause = 5 * time.Second, 50 * time.Millisecond
	for waited := time.Duration(0); waited < patience; waited += pause {
		c, err := k.find(ctx, i)
		if c != nil || err != nil {
			return c, err
		}
		_, err = k.m.engine.Inspect(ctx, i.ID.String())
		if !errors.Is(err, engine.ErrNotFound) {
			return nil, err // a stranger's
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
	return nil, nil
}

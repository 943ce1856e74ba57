package keeper

import (
	"context"
	"errors"
	"time"

	"berth/backend/engine"
	"berth/model"
)

// createNamed makes the container under the first of its names that no stranger has.
func (m *maker) createNamed(ctx context.Context, i model.Instance, r engine.Request) (id string, err error) {
	for _, r.Name = range m.containerNames(i.ID) {
		if id, err = m.Engine.Create(ctx, r); !errors.Is(err, engine.ErrConflict) {
			return id, err
		}
		switch made, err := m.begun(ctx, i); {
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
func (m *maker) begun(ctx context.Context, i model.Instance) (*engine.Container, error) {
	const patience, pause = 5 * time.Second, 50 * time.Millisecond
	for waited := time.Duration(0); waited < patience; waited += pause {
		c, err := m.find(ctx, i)
		if c != nil || err != nil {
			return c, err
		}
		_, err = m.Engine.Inspect(ctx, i.ID.String())
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

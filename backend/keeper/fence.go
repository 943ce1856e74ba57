package keeper

import (
	"context"
	"errors"
	"time"

	"berth/backend/engine"
	"berth/backend/ledger"
	"berth/model"
)

// A fence checks before each call that changes something on the engine that this process is still the keeper. So a
// process that was suspended and wakes up beside a newer keeper changes nothing. A ledger that can't be read doesn't
// block the call: while it can't be read, no other keeper can have begun.
type fence struct {
	Engine
	lasts termCheck
}

// termCheck is ledger.Term.Lasts: it fails with ledger.ErrDeposed once another keeper has begun.
type termCheck func(context.Context) error

func (f fence) deposed(ctx context.Context) error { return f.lasts.deposed(ctx) }

func (l termCheck) deposed(ctx context.Context) error {
	if err := l(ctx); errors.Is(err, ledger.ErrDeposed) {
		return err
	}
	return nil
}

func (f fence) Create(ctx context.Context, r engine.Request) (string, error) {
	if err := f.deposed(ctx); err != nil {
		return "", err
	}
	return f.Engine.Create(ctx, r)
}

func (f fence) Start(ctx context.Context, id string) error {
	if err := f.deposed(ctx); err != nil {
		return err
	}
	return f.Engine.Start(ctx, id)
}

func (f fence) EndLeftBehind(id string) error {
	if err := f.deposed(context.Background()); err != nil {
		return err
	}
	return f.Engine.EndLeftBehind(id)
}

func (f fence) Stop(ctx context.Context, id string, grace time.Duration) error {
	if err := f.deposed(ctx); err != nil {
		return err
	}
	return f.Engine.Stop(ctx, id, grace)
}

func (f fence) Remove(ctx context.Context, id string) error {
	if err := f.deposed(ctx); err != nil {
		return err
	}
	return f.Engine.Remove(ctx, id)
}

func (f fence) Connect(ctx context.Context, network, id string) error {
	if err := f.deposed(ctx); err != nil {
		return err
	}
	return f.Engine.Connect(ctx, network, id)
}

func (f fence) CreateVolume(ctx context.Context, name string, labels map[string]string) error {
	if err := f.deposed(ctx); err != nil {
		return err
	}
	return f.Engine.CreateVolume(ctx, name, labels)
}

func (f fence) RemoveVolume(ctx context.Context, name string) error {
	if err := f.deposed(ctx); err != nil {
		return err
	}
	return f.Engine.RemoveVolume(ctx, name)
}

// A handoverFence makes the same check before GPUs are handed to containers or taken back. A spec written by a deposed
// keeper would stay forever, and a spec that it removes would be the newer keeper's.
type handoverFence struct {
	Handover
	lasts termCheck
}

func (f handoverFence) Hand(ctx context.Context, i model.Instance, c *engine.Container, devices []model.Device) error {
	if err := f.lasts.deposed(ctx); err != nil {
		return err
	}
	return f.Handover.Hand(ctx, i, c, devices)
}

func (f handoverFence) TakeBack(ctx context.Context, i model.Instance) error {
	if err := f.lasts.deposed(ctx); err != nil {
		return err
	}
	return f.Handover.TakeBack(ctx, i)
}

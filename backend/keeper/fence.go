package keeper

import (
	"context"
	"errors"
	"time"

	"berth/backend/engine"
	"berth/backend/ledger"
	"berth/model"
)

// A fence stands before the verbs that change something on the engine: a process that was stopped for a while and wakes
// beside a newer keeper changes nothing. A ledger that can't be read doesn't close it: then nobody else can have begun.
type fence struct {
	Engine
	lasts lasting
}

// A lasting is a term's own word for whether it lasts.
type lasting func(context.Context) error

func (f fence) deposed(ctx context.Context) error { return f.lasts.deposed(ctx) }

func (l lasting) deposed(ctx context.Context) error {
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

// A handoverFence stands before what hands GPUs to containers and takes them back: a spec that a deposed keeper writes would
// be left for good, and one that it removes is the newer keeper's.
type handoverFence struct {
	Handover
	lasts lasting
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

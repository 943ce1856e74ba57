package keeper

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// A desk is what everything in this room works at: the parts, the last world, and the ways to write into ledger and
// history.
type desk struct {
	Parts

	mu    sync.Mutex
	world world.World // the last one looked at
}

// containerNames are what an instance's container may be called: as the instance, or, where another ledger's has
// that name on the same engine, a name that only this ledger uses. Two ledgers that launch at the same moment
// choose the same number: each sees the engine before the other's container is made.
func (d *desk) containerNames(id model.InstanceID) []string {
	return []string{id.String(), id.String() + "-" + label.Mark(d.Home)}
}

// find asks the engine for the instance's container: by its id, or, where a keeper was killed between making
// it and writing that down, by its name.
func (d *desk) find(ctx context.Context, i model.Instance) (*engine.Container, error) {
	refs := []string{i.Container}
	if i.Container == "" {
		refs = d.containerNames(i.ID)
	}
	for _, ref := range refs {
		c, err := d.Engine.Inspect(ctx, ref)
		switch {
		case errors.Is(err, engine.ErrNotFound):
		case err != nil:
			return nil, err
		case c.Labels[label.Home] == d.Home: // else a stranger with our name
			return &c, nil
		}
	}
	return nil, nil
}

func (d *desk) outage() world.Outage {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.world.Outage
}

// devices are the GPUs as of the last world.
func (d *desk) devices() []model.Device {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.world.Devices
}

// facts are the engine's as of the last world.
func (d *desk) facts() engine.Facts {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.world.Facts
}

// complain logs what stopped a worker, unless it was told to stop or its instance is gone.
func (d *desk) complain(ctx context.Context, id model.InstanceID, doing string, err error) {
	if ctx.Err() == nil && !errors.Is(err, model.ErrNoInstance) {
		d.Log.Error(doing, "instance", id, "err", err)
	}
}

// record writes one line of history, and of the log where a service has one. Both are for people: failing to
// write them stops nothing.
func (d *desk) record(ctx context.Context, id model.InstanceID, verb, format string, args ...any) {
	e := model.Event{At: d.Now(), Actor: "keeper", Instance: id, Verb: verb, Detail: fmt.Sprintf(format, args...)}
	d.Log.Info(verb, "instance", id, "detail", e.Detail)
	if err := d.Ledger.Record(ctx, e); err != nil {
		d.complain(ctx, id, "writing history", err)
	}
}

// update changes the instance in the ledger.
func (d *desk) update(ctx context.Context, id model.InstanceID, change func(*model.Instance)) error {
	_, err := d.Ledger.Update(ctx, id, func(i *model.Instance) error {
		change(i)
		return nil
	})
	return err
}

// note is update for how an instance that was seen so is doing now. An order that came since then isn't written
// over: the error is errNotYet, and the next step is the order's.
func (d *desk) note(ctx context.Context, seen model.Instance, change func(*model.Instance)) error {
	_, err := d.Ledger.Update(ctx, seen.ID, func(now *model.Instance) error {
		if now.Intent != seen.Intent || !now.AskedAt.Equal(seen.AskedAt) {
			return errNotYet
		}
		change(now)
		return nil
	})
	return err
}

// named are GPUs as people name them.
func (d *desk) named(ctx context.Context, ids []model.GPUID) string { return d.World.Named(ctx, ids) }

// choosePorts gives open ports external numbers that nobody has, as far as the last world knows.
func (d *desk) choosePorts(ports []model.Port, p ledger.Promises) ([]model.Port, error) {
	w, _ := d.World.Last()
	return w.ChoosePorts(ports, p)
}

package keeper

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"sync"
	"syscall"

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

// find asks the engine for the instance's container: by the id that is written down, or, where that is none's any more
// or a keeper was killed between making it and writing that down, by its name. A container of that name is the
// instance's only if its labels prove it.
func (d *desk) find(ctx context.Context, i model.Instance) (*engine.Container, error) {
	if i.Container != "" {
		c, err := d.Engine.Inspect(ctx, i.Container)
		if !errors.Is(err, engine.ErrNotFound) {
			return &c, err
		}
	}
	for _, name := range d.containerNames(i.ID) {
		c, err := d.Engine.Inspect(ctx, name)
		switch {
		case errors.Is(err, engine.ErrNotFound):
		case err != nil:
			return nil, err
		case d.provenOf(c, i.ID):
			return &c, nil
		}
	}
	return nil, nil
}

// provenOf reports whether a container is proven to be an instance's.
func (d *desk) provenOf(c engine.Container, id model.InstanceID) bool {
	return d.Key.Proves(c.Name, c.Image, c.Labels) && c.Labels[label.ID] == strconv.FormatInt(int64(id), 10)
}

func (d *desk) outage() world.Outage {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.world.Outage
}

// sawEnd reports whether the last world shows a container's end too, and an engine that answers.
func (d *desk) sawEnd(c *engine.Container) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	seen, known := d.world.Containers[c.ID]
	return known && d.world.Engine.OK && !seen.Alive() && seen.StartedAt.Equal(c.StartedAt)
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

// explained says what an error of somebody else's means here; of one that nobody knows yet, whose words these are.
func explained(area model.Area, err error, about model.Subject) error {
	err = model.Explained(area, err, about)
	var engines *engine.Error
	if _, known := model.MeaningIn(err); known || !errors.As(err, &engines) || errors.Is(err, engine.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("the engine says: %w", err)
}

// complain logs what stopped a worker, unless it was told to stop or its instance is gone.
func (d *desk) complain(ctx context.Context, id model.InstanceID, doing string, err error) {
	if err != nil && ctx.Err() == nil && !errors.Is(err, model.ErrNoInstance) && !errors.Is(err, ledger.ErrStale) {
		d.Log.Error(doing, "instance", id, "err", err)
	}
}

// record writes one line of history, and of the log where a service has one. Both are for people: failing to
// write them stops nothing.
func (d *desk) record(ctx context.Context, id model.InstanceID, verb, format string, args ...any) {
	e := model.Event{At: d.Now(), Actor: "keeper", Instance: id, Verb: verb, Detail: fmt.Sprintf(format, args...), Calls: noted(ctx)}
	d.Log.Info(verb, "instance", id, "detail", e.Detail)
	if err := d.Ledger.Record(ctx, e); err != nil {
		d.complain(ctx, id, "writing history", err)
	}
}

// write changes an instance in the ledger, as it was seen. Where somebody has ordered something since, nothing changes
// and the error is ledger.ErrStale: the next step is the order's.
func (d *desk) write(ctx context.Context, seen model.Instance, change func(*model.Instance)) error {
	_, err := d.reserve(ctx, seen, func(i *model.Instance, _ ledger.Promises) error {
		change(i)
		return nil
	})
	return err
}

// reserve is write for a change that chooses among what is free, or refuses.
func (d *desk) reserve(
	ctx context.Context, seen model.Instance, change func(*model.Instance, ledger.Promises) error,
) (model.Instance, error) {
	var refusal error
	after, err := d.Ledger.Write(ctx, seen, func(i *model.Instance, p ledger.Promises) error {
		refusal = change(i, p)
		return refusal
	})
	if refusal != nil {
		return after, refusal
	}
	return after, d.written(ctx, err)
}

// written tells what a write came to: an answer of the ledger's as it is, and a failure of the ledger itself as one that
// is waited out. Nothing that runs is ended because it couldn't be written about.
func (d *desk) written(ctx context.Context, err error) error {
	for _, answer := range []error{ledger.ErrStale, ledger.ErrDeposed, ledger.ErrTaken, ledger.ErrRemoved, model.ErrNoInstance} {
		if errors.Is(err, answer) {
			return err
		}
	}
	if err == nil {
		d.Say("")
		return nil
	}
	if ctx.Err() == nil {
		d.Say(fmt.Sprintf("the ledger can't be written: %v; what runs goes on, and orders wait", err))
	}
	return unwritten{err}
}

// unwritable tells a file of ours that can't be written now, since its file system is full, read-only or broken, from
// any other failure: it is waited out as the ledger's are.
func (d *desk) unwritable(ctx context.Context, err error) error {
	var file *fs.PathError
	if !errors.As(err, &file) {
		return err
	}
	for _, now := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO} {
		if errors.Is(file, now) {
			if ctx.Err() == nil {
				d.Say(fmt.Sprintf("%v; what runs goes on, and starts wait", err))
			}
			return unwritten{err}
		}
	}
	return err
}

// unwritten is a failure of the ledger itself, or of a file beside it.
type unwritten struct{ cause error }

func (u unwritten) Error() string { return u.cause.Error() }
func (u unwritten) Unwrap() error { return u.cause }

// named are GPUs as people name them.
func (d *desk) named(ctx context.Context, ids []model.GPUID) string { return d.World.Named(ctx, ids) }

// choosePorts gives open ports external numbers that nobody has, as far as the last world knows.
func (d *desk) choosePorts(ports []model.Port, p ledger.Promises) ([]model.Port, error) {
	w, _ := d.World.Last()
	return w.ChoosePorts(ports, p)
}

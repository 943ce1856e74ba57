// Package inside is the only room that reads from or reaches into an instance: its output, commands run in it, its
// files, its listening ports, its launcher's status and its web servers.
//
// Whoever is root in there can answer what they like. So what is read is bounded in size, time and kind, and means
// nothing beyond the instance it was read from.
package inside

import (
	"context"
	"errors"
	"fmt"
	"io"

	"berth/backend/engine"
	"berth/model"
)

// An Engine is what is asked of the container engine. One that can mount a stopped container's files has Mounted too.
type Engine interface {
	Inspect(ctx context.Context, idOrName string) (engine.Container, error)
	Logs(ctx context.Context, id string, o engine.LogOptions) (io.ReadCloser, error)
	Exec(ctx context.Context, id string, r engine.ExecRequest) (*engine.Exec, error)
	CopyTo(ctx context.Context, id, dir string, tar io.Reader) error
	CopyFrom(ctx context.Context, id, path string) (io.ReadCloser, error)
	Stat(ctx context.Context, id, path string) (engine.PathStat, error)
}

// Parts are what an Access is put together from. All are required.
type Parts struct {
	Engine Engine
	// Instance reads one of the ledger.
	Instance func(ctx context.Context, id model.InstanceID) (model.Instance, error)
	// Tell writes into history what somebody did to an instance.
	Tell func(ctx context.Context, id model.InstanceID, verb, detail string)
}

// An Access is the way into the instances of one engine. Its methods may be called from any goroutine.
type Access struct{ Parts }

// New puts an Access together.
func New(p Parts) *Access { return &Access{p} }

// made returns an instance that has a container.
func (a *Access) made(ctx context.Context, id model.InstanceID) (model.Instance, error) {
	i, err := a.Instance(ctx, id)
	switch {
	case err != nil || i.Container != "":
	case i.Phase == model.PhaseFailed || i.Phase == model.PhaseLost:
		err = fmt.Errorf("%s: %w: it has no container (%s): %s", id, model.ErrNotAllowed, i.Status(), i.Message)
	default:
		err = fmt.Errorf("%s: %w: it has no container yet (%s)", id, model.ErrNotAllowed, i.Status())
	}
	return i, err
}

// refused says why an instance's container does nothing for who asks, before the engine's own words.
func refused(i model.Instance, err error) error {
	switch {
	case errors.Is(err, engine.ErrConflict):
		return fmt.Errorf("%s: a command in it is %w: it is %s (%w)", i.ID, model.ErrNotAllowed, i.Status(), err)
	case errors.Is(err, engine.ErrNotFound):
		return fmt.Errorf("%s: its container is gone from the engine; `berth recycle %[1]s` makes it anew (%w)", i.ID, err)
	case errors.Is(err, engine.ErrUnavailable):
		return fmt.Errorf("%s: %w", i.ID, err)
	}
	return fmt.Errorf("%s: the engine says: %w", i.ID, err)
}

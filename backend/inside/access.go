// Package inside is how people get into an instance: it reads its output, files, listening ports and the launcher's
// status, asks its web servers, runs commands and copies files. Three packages have one errand each in there: handover
// reads the first process's environment, the keeper puts files in before a start, and snapshot takes an image of all.
// Begin reading at Access.
//
// The root user of an instance can forge any answer. So everything read is limited in size, time and kind, and counts
// for nothing beyond the instance that it came from.
package inside

import (
	"context"
	"fmt"
	"io"

	"berth/backend/engine"
	"berth/model"
)

// An Engine has the calls of the container engine that are used here. One that can mount a stopped container's files
// also has the method Mounted.
type Engine interface {
	Inspect(ctx context.Context, idOrName string) (engine.Container, error)
	Logs(ctx context.Context, id string, o engine.LogOptions) (io.ReadCloser, error)
	Exec(ctx context.Context, id string, r engine.ExecRequest) (*engine.Exec, error)
	CopyTo(ctx context.Context, id, dir string, tar io.Reader) error
	CopyFrom(ctx context.Context, id, path string) (io.ReadCloser, error)
	Stat(ctx context.Context, id, path string) (engine.PathStat, error)
}

// Parts are the parts of an Access. All are required.
type Parts struct {
	Engine Engine
	// Instance reads an instance from the ledger.
	Instance func(ctx context.Context, id model.InstanceID) (model.Instance, error)
	// Record records in history what a user did to an instance.
	Record func(ctx context.Context, id model.InstanceID, verb, detail string)
}

// An Access reaches into the instances of one engine. Its methods may be called from any goroutine.
type Access struct{ Parts }

// New puts an Access together.
func New(p Parts) *Access { return &Access{p} }

// Alive asks the engine whether an instance's container runs at this moment: the ledger learns of an end a little later.
func (a *Access) Alive(ctx context.Context, id model.InstanceID) (bool, error) {
	i, err := a.withContainer(ctx, id)
	if err != nil {
		return false, err
	}
	c, err := a.Engine.Inspect(ctx, i.Container)
	return c.Alive(), refused(i, err)
}

// withContainer returns an instance. It is an error if the instance has no container.
func (a *Access) withContainer(ctx context.Context, id model.InstanceID) (model.Instance, error) {
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

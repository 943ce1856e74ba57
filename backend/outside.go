package backend

import (
	"context"
	"io"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/model"
)

// An Engine is what the backend asks of the container engine. engine.Docker is the real one,
// memory.Engine the one of demos and quick tests.
type Engine interface {
	Facts(ctx context.Context) (engine.Facts, error)
	List(ctx context.Context) ([]engine.Container, error)
	Inspect(ctx context.Context, idOrName string) (engine.Container, error)
	Events(ctx context.Context) <-chan engine.Event

	Pull(ctx context.Context, ref string, auth *engine.Auth, report func(model.Progress)) error
	Image(ctx context.Context, ref string) (engine.Image, error)
	Images(ctx context.Context) ([]engine.Image, error)
	RemoveImage(ctx context.Context, ref string) error
	Import(ctx context.Context, ref string, rootfs io.Reader, changes []string) error

	Create(ctx context.Context, r engine.Request) (string, error)
	Start(ctx context.Context, id string) error
	Stop(ctx context.Context, id string, grace time.Duration) error
	Remove(ctx context.Context, id string) error
	Update(ctx context.Context, id string, r engine.Resources) error
	Disk(ctx context.Context, id string) (engine.DiskUse, error)

	Logs(ctx context.Context, id string, o engine.LogOptions) (io.ReadCloser, error)
	Exec(ctx context.Context, id string, r engine.ExecRequest) (*engine.Exec, error)
	CopyTo(ctx context.Context, id, dir string, tar io.Reader) error
	CopyFrom(ctx context.Context, id, path string) (io.ReadCloser, error)
	Stat(ctx context.Context, id, path string) (engine.PathStat, error)
	EnsureNetwork(ctx context.Context, name string, labels map[string]string) (gateway string, err error)
	Close() error
}

var (
	_ Engine = (*engine.Docker)(nil)
	_ Engine = (*memory.Engine)(nil)
)

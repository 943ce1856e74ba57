// Package enginetest helps tests that need a container engine: it finds one or starts a private one, makes
// tiny images without any registry, plays a registry, and holds the contract that every engine passes.
//
// A test that can't have what it needs skips, saying so in one sentence. Under BERTH_TEST_STRICT=1 it fails
// instead: that is how CI makes sure that nothing is skipped.
package enginetest

import (
	"context"
	"io"
	"os"
	"testing"
	"time"

	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/model"
)

// An Engine is every verb of the engine room.
type Engine interface {
	containerVerbs
	runVerbs
	imageVerbs
	fileVerbs
	networkVerbs

	Facts(ctx context.Context) (engine.Facts, error)
	Events(ctx context.Context) <-chan engine.Event
	Close() error
}

// The verbs by what they are about.
type (
	containerVerbs interface {
		List(ctx context.Context) ([]engine.Container, error)
		Inspect(ctx context.Context, idOrName string) (engine.Container, error)
		Create(ctx context.Context, r engine.Request) (string, error)
		Remove(ctx context.Context, id string) error
		Rename(ctx context.Context, id, name string) error
		Update(ctx context.Context, id string, r engine.Resources) error
		Restore(ctx context.Context, id string, r engine.Resources, cores int) error
		Disk(ctx context.Context, id string) (engine.DiskUse, error)
	}
	runVerbs interface {
		Start(ctx context.Context, id string) error
		Stop(ctx context.Context, id string, grace time.Duration) error
		Kill(ctx context.Context, id, signal string) error
		Logs(ctx context.Context, id string, o engine.LogOptions) (io.ReadCloser, error)
		Exec(ctx context.Context, id string, r engine.ExecRequest) (*engine.Exec, error)
		Run(ctx context.Context, id string, r engine.ExecRequest) (stdout, stderr []byte, code int, err error)
	}
	imageVerbs interface {
		Pull(ctx context.Context, ref string, auth *engine.Auth, report func(model.Progress)) error
		Import(ctx context.Context, ref string, rootfs io.Reader, changes []string) error
		Image(ctx context.Context, ref string) (engine.Image, error)
		Images(ctx context.Context) ([]engine.Image, error)
		Commit(ctx context.Context, id, ref string) error
		RemoveImage(ctx context.Context, ref string) error
	}
	fileVerbs interface {
		CopyTo(ctx context.Context, id, dir string, tar io.Reader) error
		CopyFrom(ctx context.Context, id, path string) (io.ReadCloser, error)
		Stat(ctx context.Context, id, path string) (engine.PathStat, error)
	}
	networkVerbs interface {
		EnsureNetwork(ctx context.Context, name string, labels map[string]string) (gateway string, err error)
		RemoveNetwork(ctx context.Context, name string) error
	}
)

var (
	_ Engine = (*engine.Docker)(nil)
	_ Engine = (*memory.Engine)(nil)
)

// Docker is the engine that the docker command would use, when it answers; else a private one, where we are root
// and dockerd is installed.
func Docker(t testing.TB) *engine.Docker {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	d, err := engine.Dial(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = d.Facts(ctx); err != nil {
		_ = d.Close()
		return Private(t, PrivateOptions{}).Docker
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// Skip skips the test with its one sentence, or fails it where skips are forbidden.
func Skip(t testing.TB, sentence string) {
	t.Helper()
	if os.Getenv("BERTH_TEST_STRICT") == "1" {
		t.Fatal(sentence)
	}
	t.Skip(sentence)
}

// Package enginetest helps tests that need a container engine. It finds an engine or starts a private one, makes tiny
// images without a registry, plays a registry, and has the contract suite that every engine must pass.
//
// A test that lacks something skips with one sentence that says what. With BERTH_TEST_STRICT=1 it fails instead: that
// is how CI makes sure that nothing is skipped.
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

// An Engine has every method that the engines have.
type Engine interface {
	containerVerbs
	runVerbs
	imageVerbs
	fileVerbs
	networkVerbs
	volumeVerbs

	Facts(ctx context.Context) (engine.Facts, error)
	Events(ctx context.Context) <-chan engine.Event
	Close() error
}

// The methods by subject.
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
	volumeVerbs interface {
		Volume(ctx context.Context, name string) (engine.Volume, error)
		Volumes(ctx context.Context) ([]engine.Volume, error)
		VolumesUse(ctx context.Context) ([]engine.Volume, error)
		CreateVolume(ctx context.Context, name string, labels map[string]string) error
		RemoveVolume(ctx context.Context, name string) error
	}
	networkVerbs interface {
		EnsureNetwork(ctx context.Context, name string, labels map[string]string) (gateway string, err error)
		RemoveNetwork(ctx context.Context, name string) error
		Connect(ctx context.Context, name, id string) error
	}
)

var (
	_ Engine = (*engine.Docker)(nil)
	_ Engine = (*memory.Engine)(nil)
)

// Docker returns the engine that the docker command would use, if it answers. Otherwise it is a private one, which
// needs root and dockerd.
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

// Skip skips the test with a sentence, or fails it if skips are forbidden.
func Skip(t testing.TB, sentence string) {
	t.Helper()
	if os.Getenv("BERTH_TEST_STRICT") == "1" {
		t.Fatal(sentence)
	}
	t.Skip(sentence)
}

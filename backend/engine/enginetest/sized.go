package enginetest

import (
	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/model"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// Sized is an engine in memory whose storage driver treats sizes as the test says.
type Sized struct {
	*memory.Engine
	Holds     bool        // enforces the size of a container
	Room      model.Bytes // size of the disk itself, for each container; 0: no limit
	Deaf      bool        // refuses every file
	InVolumes []string    // of every image

	mu    sync.Mutex
	sizes map[string]model.Bytes // by container
	taken map[string]model.Bytes
	made  int // containers created so far
}

// NewSized returns an engine with these facts.
func NewSized(t *testing.T, f engine.Facts) *Sized {
	e := &Sized{Engine: memory.New(time.Now), sizes: map[string]model.Bytes{}, taken: map[string]model.Bytes{}}
	e.Pace = 0
	t.Cleanup(func() { _ = e.Close() })
	f.Version, f.Cores, f.Memory, f.CgroupVersion = "in memory", 128, 1024*model.GiB, 2
	e.SetFacts(f)
	return e
}

// Create is the memory engine's, and records the size.
func (e *Sized) Create(ctx context.Context, r engine.Request) (string, error) {
	id, err := e.Engine.Create(ctx, r)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err == nil {
		e.made++
		e.sizes[id] = r.Resources.DiskSize
	}
	return id, err
}

// Image is the memory engine's, with the volumes that the test set.
func (e *Sized) Image(ctx context.Context, ref string) (engine.Image, error) {
	image, err := e.Engine.Image(ctx, ref)
	image.Volumes = e.InVolumes
	return image, err
}

// CopyTo is the memory engine's, and enforces sizes.
func (e *Sized) CopyTo(ctx context.Context, id, dir string, archive io.Reader) error {
	content, err := io.ReadAll(archive)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.taken[id] += model.Bytes(len(content))
	switch size := e.sizes[id]; {
	case e.Deaf:
		return errors.New("read-only file system")
	case e.Holds && size > 0 && e.taken[id] > size:
		return fmt.Errorf("write /piece: disk quota exceeded (%w)", engine.ErrDiskFull)
	case e.Room > 0 && e.taken[id] > e.Room:
		return fmt.Errorf("write /piece: no space left on device (%w)", engine.ErrDiskFull)
	}
	return e.Engine.CopyTo(ctx, id, dir, strings.NewReader(string(content)))
}

// Made returns how many containers were created so far.
func (e *Sized) Made() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.made
}

// Hear sets whether the engine accepts files.
func (e *Sized) Hear(hears bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Deaf = !hears
}

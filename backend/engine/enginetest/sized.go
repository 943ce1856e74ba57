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

// Sized is one whose storage driver treats sizes as the test says.
type Sized struct {
	*memory.Engine
	Holds   bool        // to a size that was given
	Room    model.Bytes // of the disk itself, for each container; 0: endless
	Deaf    bool        // to every file
	Volumes []string    // of every image

	mu    sync.Mutex
	sizes map[string]model.Bytes // of containers
	taken map[string]model.Bytes
	made  int // containers, so far
}

// NewSized is an engine of which these facts are true.
func NewSized(t *testing.T, f engine.Facts) *Sized {
	e := &Sized{Engine: memory.New(time.Now), sizes: map[string]model.Bytes{}, taken: map[string]model.Bytes{}}
	e.Pace = 0
	t.Cleanup(func() { _ = e.Close() })
	f.Version, f.Cores, f.Memory, f.CgroupVersion = "in memory", 128, 1024*model.GiB, 2
	e.SetFacts(f)
	return e
}

// Create is the engine's, with sizes.
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

// Image is the engine's, with sizes.
func (e *Sized) Image(ctx context.Context, ref string) (engine.Image, error) {
	image, err := e.Engine.Image(ctx, ref)
	image.Volumes = e.Volumes
	return image, err
}

// CopyTo is the engine's, with sizes.
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

// Made is how many containers were made so far.
func (e *Sized) Made() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.made
}

// Hear says from when on the engine takes files again, or no more.
func (e *Sized) Hear(hears bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Deaf = !hears
}

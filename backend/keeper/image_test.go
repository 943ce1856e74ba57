package keeper

import (
	"bytes"
	"context"
	"io"
	"testing"

	"berth/backend/engine"
	"berth/backend/starter/image"
)

// registries is an engine's images, which anybody may add to under a name that a registry can give.
type registries struct {
	Images
	by map[string]string // IDs by name
}

func (r registries) Image(_ context.Context, ref string) (engine.Image, error) {
	if id, there := r.by[ref]; there {
		return engine.Image{ID: id}, nil
	}
	return engine.Image{}, engine.ErrNotFound
}

func (r registries) Import(_ context.Context, ref string, rootfs io.Reader, _ []string) error {
	var all bytes.Buffer
	_, err := all.ReadFrom(rootfs)
	r.by[ref] = "sha256:ours"
	return err
}

// docker.io/berth/starter:1 once became the keeper's helper, with folders of the machine in it.
func TestHelpersAreMadeFromOurOwnImageByItsID(t *testing.T) {
	e := registries{by: map[string]string{image.Name: "sha256:pulled"}}
	for range 2 {
		id, err := Starter(t.Context(), e)
		check(t, err)
		if id != "sha256:ours" {
			t.Errorf("helpers are made from %q", id)
		}
	}
}

package keeper

import (
	"bytes"
	"context"
	"io"
	"testing"

	"berth/backend/engine"
	"berth/backend/starter/image"
)

// registries is an engine's images. Anybody can add an image under a name that exists in a registry.
type registries struct {
	Images
	by map[string]string // image ids by name
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

// The image docker.io/berth/starter:1, pulled by somebody, once became the keeper's helper and got folders of the
// machine mounted.
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

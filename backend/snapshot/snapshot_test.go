package snapshot

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"berth/backend/engine"
	"berth/model"
)

// A fullEngine is one without space on its disk. It fails at the export, or at the import where that is called first.
type fullEngine struct {
	Engine
	exports bool
}

func (fullEngine) Inspect(context.Context, string) (engine.Container, error) {
	return engine.Container{ID: "c"}, nil
}

func (fullEngine) Image(_ context.Context, ref string) (engine.Image, error) {
	if ref == "debian:12" {
		return engine.Image{}, nil
	}
	return engine.Image{}, &engine.Error{Kind: engine.ErrNotFound, Words: "No such image"}
}

func (e fullEngine) Export(context.Context, string) (io.ReadCloser, error) {
	if e.exports {
		return io.NopCloser(strings.NewReader(strings.Repeat("\x00", 1024))), nil // the end of an archive
	}
	return nil, full
}

func (fullEngine) Import(_ context.Context, _ string, rootfs io.Reader, _ []string) error {
	_, err := io.Copy(io.Discard, rootfs)
	return errors.Join(err, full)
}

var full = &engine.Error{Kind: engine.ErrDiskFull, Words: "Error exporting container c: mkdir /var/lib/docker/merged: no space left on device"}

// A regression test: a snapshot on a full disk showed the engine's words alone.
func TestAFullDiskIsSaidOfWhatShouldHaveBeenKept(t *testing.T) {
	for _, exports := range []bool{false, true} {
		s := New(Parts{
			Engine: fullEngine{exports: exports},
			Instance: func(context.Context, model.InstanceID) (model.Instance, error) {
				return model.Instance{ID: 7, Container: "c", Order: model.Order{Image: "debian:12"}}, nil
			},
			User: func(context.Context) string { return "maria" },
		})
		_, err := s.Snapshot(t.Context(), 7, "kept")
		if err == nil || !errors.Is(err, engine.ErrDiskFull) ||
			!strings.HasPrefix(err.Error(), "nothing of C.7 was kept: the engine's disk is full: docker system df says") {
			t.Errorf("exports %v: %v", exports, err)
		}
	}
}

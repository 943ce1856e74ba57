package backend

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"time"

	specs "tags.cncf.io/container-device-interface/specs-go"

	"berth/backend/engine"
	"berth/backend/gpu/cdi"
	"berth/backend/starter/image"
	"berth/model"
)

// A shelf is where spec files are put for the engine to find.
type shelf interface {
	Write(id model.InstanceID, spec *specs.Spec) error
	Remove(id model.InstanceID) error
}

func (h *handover) shelf(c cdi.Choice) shelf {
	if c.Helper {
		return helperShelf{h.engine, string(c.Dir), h.now}
	}
	return c.Dir
}

// A helperShelf writes a host's folder through the engine, for a user who may use the engine and not the
// folder: a container that is never started has the folder mounted, and files are copied into it.
type helperShelf struct {
	engine Engine
	dir    string
	now    func() time.Time
}

const shelfWait = 30 * time.Second

// Write puts a spec in place. The engine writes it piece by piece, so a start right then may read half of it;
// that start fails or shows the wrong nonce, and is tried again.
func (s helperShelf) Write(id model.InstanceID, spec *specs.Spec) error {
	content, err := cdi.Encode(spec)
	if err != nil {
		return err
	}
	return s.put(cdi.FileName(id), content)
}

// Remove takes an instance's devices away. A file can't be removed this way; one without devices does.
func (s helperShelf) Remove(id model.InstanceID) error {
	return s.put(cdi.FileName(id), []byte("{}\n"))
}

func (s helperShelf) put(name string, content []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), shelfWait)
	defer cancel()
	const inside = "/cdi"
	helper, err := s.engine.Create(ctx, engine.Request{
		Name: "berth-cdi-" + randomHex()[:12], Image: image.Name, Binds: []string{s.dir + ":" + inside},
		Labels: map[string]string{"berth.helper": "cdi"},
	})
	if err != nil {
		return fmt.Errorf("helper container: %w", err)
	}
	defer s.engine.Remove(ctx, helper) //nolint:errcheck // it never ran; the next helper has another name
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), ModTime: s.now(), Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return s.engine.CopyTo(ctx, helper, inside, &b)
}

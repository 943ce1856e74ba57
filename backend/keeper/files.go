package keeper

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"berth/assets"
	"berth/backend/ca"
	"berth/backend/engine"
	"berth/backend/guest/files"
	"berth/backend/secret"
	"berth/model"
)

// unpackFiles puts into a container, before it starts, what environment.md promises to be there.
func (m *maker) unpackFiles(ctx context.Context, i model.Instance, c *engine.Container) error {
	archive, err := m.startFiles(ctx, i, c)
	if err != nil || archive == nil {
		return err
	}
	// What ErrNotFound would say is that the container went: the next look sees that.
	if err := m.Engine.CopyTo(ctx, c.ID, "/", archive); err != nil && !errors.Is(err, engine.ErrNotFound) {
		return fmt.Errorf("putting files in: %w", err)
	}
	return nil
}

// startFiles is the archive to unpack at the container's root, or nil.
//
// The certificate pair goes in once: an image may move it or link it elsewhere, and what it made of it is
// its own. The launcher goes in at each start, so that a mended one reaches old instances.
func (m *maker) startFiles(ctx context.Context, i model.Instance, c *engine.Container) (io.Reader, error) {
	var pair ca.Pair
	if neverStarted(c) {
		var err error
		if pair, err = m.Issue(i.ID.Domain()); err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
	}
	switch {
	case i.Order.Mode.Launcher():
		return m.launcher(ctx, i, pair)
	case neverStarted(c):
		return dataFiles(i, pair, m.Now())
	}
	return nil, nil
}

// launcher is the archive that brings in the launcher with its orders for this start.
func (m *maker) launcher(ctx context.Context, i model.Instance, pair ca.Pair) (io.Reader, error) {
	program, err := assets.Guest()
	if err != nil {
		return nil, fmt.Errorf("the launcher: %w", err)
	}
	image, err := m.Engine.Image(ctx, i.Image())
	if err != nil && !errors.Is(err, engine.ErrNotFound) { // a kept container outlives its image's tag
		return nil, err
	}
	folder, _ := i.Plan.Var("JUPYTER_DIR")
	env := []model.Var{{Name: "PUBLIC_IPADDR", Value: m.PublicIP}, {Name: visibleDevices, Value: m.visibleNow(i)}}
	return files.Archive(model.Guest{
		Instance: i.ID, Start: secret.Hex()[:16], Mode: i.Order.Mode,
		Keys: i.Plan.Keys, Secret: i.Plan.Secret, APIKey: i.Plan.APIKey,
		Cert: string(pair.Cert), Key: string(pair.Key), HostKey: i.Plan.HostKey,
		OnStart: i.Order.OnStart, Export: i.Order.ExportEnv,
		Env: env, ImageEnv: overlaid(image.Env, env),
		Jupyter: model.GuestJupyter{Lab: i.Order.JupyterLab, Token: i.Plan.JupyterToken(), Dir: folder},
		Grace:   grace,
	}, program)
}

// visibleDevices is NVIDIA's word for the GPUs that a container has.
const visibleDevices = "NVIDIA_VISIBLE_DEVICES"

// visibleNow is what NVIDIA's runtime would set it to at this start: the UUIDs of the GPUs handed in. The first
// process has void, so that no runtime adds others to those of the spec; programs read it as "no GPU".
func (m *maker) visibleNow(i model.Instance) string {
	if m.Simulated || len(i.GPUs) == 0 {
		return "void"
	}
	ids := make([]string, len(i.GPUs))
	for n, id := range i.GPUs {
		ids[n] = string(id)
	}
	return strings.Join(ids, ",")
}

// overlaid is an image's environment for sessions, which see no other, with the truth where the image has a
// value of its own: NVIDIA's images bake NVIDIA_VISIBLE_DEVICES=all.
func overlaid(image []string, env []model.Var) []string {
	out := slices.DeleteFunc(slices.Clone(image), func(pair string) bool {
		return strings.HasPrefix(pair, visibleDevices+"=")
	})
	for _, v := range env {
		if v.Name == visibleDevices {
			out = append(out, v.Name+"="+v.Value)
		}
	}
	return out
}

// dataFiles are what entrypoint mode adds to an image: files it may read, and nothing that runs. The archive
// has no entries for folders: those that exist keep their modes, the others are made.
func dataFiles(i model.Instance, pair ca.Pair, now time.Time) (io.Reader, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range []struct {
		path    string
		content []byte
		mode    int64
	}{
		{"etc/instance.crt", pair.Cert, 0o644},
		{"etc/instance.key", pair.Key, 0o600},
		{"root/.vast_api_key", []byte(i.Plan.APIKey), 0o600},
		{"root/.vast_containerlabel", []byte(i.ID.String()), 0o644},
	} {
		h := &tar.Header{Name: f.path, Mode: f.mode, Size: int64(len(f.content)), ModTime: now, Typeflag: tar.TypeReg}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	return &b, w.Close()
}

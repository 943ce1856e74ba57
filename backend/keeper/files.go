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

// unpackFiles puts the files that environment.md promises into a container before it starts.
func (m *maker) unpackFiles(ctx context.Context, i model.Instance, c *engine.Container) error {
	archive, err := m.startFiles(ctx, i, c)
	if err != nil || archive == nil {
		return err
	}
	// ErrNotFound would mean that the container has gone: the next look finds that out.
	if err := m.Engine.CopyTo(ctx, c.ID, "/", archive); err != nil && !errors.Is(err, engine.ErrNotFound) {
		return fmt.Errorf("putting files in: %w", err)
	}
	return nil
}

// startFiles returns the archive to unpack at the container's root, or nil.
//
// The certificate pair is put in once: an image may move or link it, and the result is the image's business. The
// launcher is put in at each start, so that a fixed launcher reaches old instances.
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

// launcher returns the archive with the launcher program and its instructions for this start.
func (m *maker) launcher(ctx context.Context, i model.Instance, pair ca.Pair) (io.Reader, error) {
	program, err := assets.Guest()
	if err != nil {
		return nil, fmt.Errorf("the launcher: %w", err)
	}
	image, err := m.Engine.Image(ctx, i.Image())
	if err != nil && !errors.Is(err, engine.ErrNotFound) { // a kept container may outlive its image's tag
		return nil, err
	}
	folder, _ := i.Plan.Var("JUPYTER_DIR")
	env := []model.Var{{Name: "PUBLIC_IPADDR", Value: m.PublicIP}, {Name: visibleDevices, Value: m.visibleNow(i)}}
	return files.Archive(model.Guest{
		Instance: i.ID, Start: secret.Hex()[:16], Mode: i.Order.Mode,
		Keys: i.Plan.Keys, Secret: i.Plan.Secret, APIKey: i.Plan.APIKey,
		Cert: string(pair.Cert), Key: string(pair.Key), HostKey: i.Plan.HostKey,
		OnStart: i.Order.OnStart, Export: i.Order.ExportEnv,
		Env: env, ImageEnv: sessionEnv(image.Env, env),
		Jupyter: model.GuestJupyter{Lab: i.Order.JupyterLab, Token: i.Plan.JupyterToken(), Dir: folder},
		Grace:   grace,
	}, program)
}

// visibleDevices is NVIDIA's variable that names the GPUs of a container.
const visibleDevices = "NVIDIA_VISIBLE_DEVICES"

// visibleNow returns the value that NVIDIA's runtime would give the variable at this start: the UUIDs of the GPUs
// that the container gets. The first process itself gets "void", so that no runtime adds other GPUs to those of the spec; programs
// read "void" as "no GPU".
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

// sessionEnv returns an image's environment for login sessions, which see no other environment. visibleDevices is
// replaced by the real value, because NVIDIA's images contain NVIDIA_VISIBLE_DEVICES=all.
func sessionEnv(image []string, env []model.Var) []string {
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

// dataFiles returns the files that entrypoint mode adds to an image: data only, nothing that runs. The archive has no
// entries for folders, so existing folders keep their modes and missing ones are created.
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

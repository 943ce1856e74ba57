package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"berth/model"
)

// Image returns one image by reference or id. The error is ErrNotFound if the engine doesn't have it.
func (d images) Image(ctx context.Context, ref string) (Image, error) {
	ctx, cancel := withLimit(ctx, limitImage)
	defer cancel()
	raw, err := d.api().ImageInspect(ctx, ref)
	if err != nil {
		return Image{}, d.explain(ctx, err)
	}
	img := Image{ID: raw.ID, Tags: raw.RepoTags, Size: model.Bytes(raw.Size), Arch: raw.Architecture}
	if c := raw.Config; c != nil {
		img.Env, img.Entrypoint, img.Cmd = c.Env, c.Entrypoint, c.Cmd
		img.WorkDir, img.User, img.Labels = c.WorkingDir, c.User, c.Labels
		img.Exposed, img.Volumes = sortedKeys(c.ExposedPorts), sortedKeys(c.Volumes)
	}
	return img, nil
}

// Images returns every image of the engine, by id, with what a list shows: tags, size and labels.
func (d images) Images(ctx context.Context) ([]Image, error) {
	ctx, cancel := withLimit(ctx, limitImage)
	defer cancel()
	rows, err := d.api().ImageList(ctx, image.ListOptions{})
	if err != nil {
		return nil, d.explain(ctx, err)
	}
	all := make([]Image, len(rows))
	for i, row := range rows {
		// Old engines write <none>:<none> where newer ones leave the tags out.
		tags := slices.DeleteFunc(row.RepoTags, func(tag string) bool { return tag == "<none>:<none>" })
		all[i] = Image{ID: row.ID, Tags: tags, Size: model.Bytes(row.Size), Labels: row.Labels}
	}
	slices.SortFunc(all, func(a, b Image) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// RemoveImage removes a tag, and with the last tag the image. A missing image is no error. The error is ErrConflict
// while a container uses the image.
func (d images) RemoveImage(ctx context.Context, ref string) error {
	ctx, cancel := withLimit(ctx, limitErase)
	defer cancel()
	_, err := d.api().ImageRemove(ctx, ref, image.RemoveOptions{PruneChildren: true})
	if err = d.explain(ctx, err); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// Commit makes an image of a container's files and configuration, and tags it ref. Volumes aren't included.
func (d images) Commit(ctx context.Context, id, ref string) error {
	ctx, cancel := withLimit(ctx, limitCommit)
	defer cancel()
	_, err := d.api().ContainerCommit(ctx, id, container.CommitOptions{Reference: ref})
	return d.explain(ctx, err)
}

// Import makes an image with one layer from a root file system, given as a tar stream, and tags it ref. Changes are
// Dockerfile lines such as `CMD ["/bin/sh"]` or `EXPOSE 8081`. It needs no registry and no network.
func (d images) Import(ctx context.Context, ref string, rootfs io.Reader, changes []string) error {
	if err := d.fit(ctx); err != nil {
		return err
	}
	ctx, w := d.watched(ctx, limitSilent)
	defer w.stop()
	sent := &upload{Reader: rootfs, watch: w}
	source := image.ImportSource{Source: sent, SourceName: "-"}
	body, err := d.api().ImageImport(ctx, source, ref, image.ImportOptions{Changes: changes})
	if err != nil {
		return sent.explain(err)
	}
	defer func() { _ = body.Close() }()
	decode := json.NewDecoder(body)
	for {
		var l PullLine
		switch err := decode.Decode(&l); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return sent.explain(err)
		case l.Error != "":
			return &Error{Words: l.Error}
		}
	}
}

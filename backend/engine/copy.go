package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/docker/docker/api/types/container"

	"berth/model"
)

// CopyTo unpacks a tar stream below a folder of the container. The folder must exist; the container needn't run. Owners
// and modes are those in the tar. An existing file or symbolic link is replaced. A folder is never replaced by a file,
// nor a file by a folder. So leave out the entries of folders that an image may have linked elsewhere: missing folders
// are created anyway.
func (d files) CopyTo(ctx context.Context, id, dir string, tar io.Reader) error {
	ctx, w := d.watched(ctx, limitSilent)
	defer w.stop()
	body := &upload{Reader: tar, watch: w}
	return body.explain(d.links.Load().tar.CopyToContainer(ctx, id, dir, body, container.CopyToContainerOptions{}))
}

// CopyFrom returns a file or folder of the container as a tar stream, which the caller closes. The container needn't
// run. The error is ErrNotFound if there is no such path.
func (d files) CopyFrom(ctx context.Context, id, path string) (io.ReadCloser, error) {
	ctx, w := d.watched(ctx, limitSilent)
	body, _, err := d.api().CopyFromContainer(ctx, id, path)
	if err != nil {
		defer w.stop()
		return nil, d.explain(ctx, err)
	}
	return &copyStream{download{output{body, w}}, body}, nil
}

// Export returns all files of a container as one tar stream, which the caller closes: not what is mounted in it. The
// container needn't run.
func (d files) Export(ctx context.Context, id string) (io.ReadCloser, error) {
	ctx, w := d.watched(ctx, limitSilent)
	body, err := d.api().ContainerExport(ctx, id)
	if err != nil {
		defer w.stop()
		return nil, d.explain(ctx, err)
	}
	return &copyStream{download{output{body, w}}, body}, nil
}

type copyStream struct {
	download
	body io.Closer
}

// Close ends the stream, at its end or before.
func (s *copyStream) Close() error {
	defer s.watch.stop()
	return s.body.Close()
}

// OneFile returns a tar archive of one file that everybody may read, for CopyTo and Import.
func OneFile(name string, content []byte) (*bytes.Buffer, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	return &b, w.Close()
}

// Stat describes a path in a container, which needn't run. It doesn't follow a symbolic link. The error is ErrNotFound
// if there is no such path or no such container; the engine's answer has no message here, so Stat writes one.
func (d files) Stat(ctx context.Context, id, path string) (PathStat, error) {
	ctx, cancel := withLimit(ctx, limitLook)
	defer cancel()
	seen, err := d.api().ContainerStatPath(ctx, id, path)
	if err = d.explain(ctx, err); errors.Is(err, ErrNotFound) {
		return PathStat{}, &Error{Kind: ErrNotFound, Words: fmt.Sprintf("no %s in container %s", path, id), Cause: err}
	} else if err != nil {
		return PathStat{}, err
	}
	return PathStat{
		Name: seen.Name, Size: model.Bytes(seen.Size), Mode: seen.Mode, Link: seen.LinkTarget, At: seen.Mtime,
	}, nil
}

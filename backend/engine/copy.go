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

// CopyTo unpacks a tar stream below a folder of the container, which has to be there; the container needn't
// run. Owners and modes are those in the tar. A file or a symbolic link in the way is replaced; a folder is never
// replaced by a file nor the other way round, so leave out the entries of folders that an image may have linked
// elsewhere: they are made where they are missing.
func (d files) CopyTo(ctx context.Context, id, dir string, tar io.Reader) error {
	ctx, w := watched(ctx, limitSilent)
	defer w.stop()
	body := &upload{Reader: tar, watch: w}
	return body.explain(d.links.Load().tar.CopyToContainer(ctx, id, dir, body, container.CopyToContainerOptions{}))
}

// CopyFrom returns a file or folder of the container as a tar stream, which the caller closes. The container
// needn't run. ErrNotFound where there is no such path.
func (d files) CopyFrom(ctx context.Context, id, path string) (io.ReadCloser, error) {
	ctx, w := watched(ctx, limitSilent)
	body, _, err := d.api().CopyFromContainer(ctx, id, path)
	if err != nil {
		defer w.stop()
		return nil, explain(ctx, err)
	}
	return &copyStream{download{body, w}, body}, nil
}

type copyStream struct {
	download
	body io.Closer
}

// Close ends the stream, read to its end or not.
func (s *copyStream) Close() error {
	defer s.watch.stop()
	return s.body.Close()
}

// OneFile is an archive of one file that everybody may read, for CopyTo and Import.
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

// Stat looks at a path of a container, which needn't run. A symbolic link is looked at itself. ErrNotFound
// where there is no such path, or no such container: the engine answers without words here.
func (d files) Stat(ctx context.Context, id, path string) (PathStat, error) {
	ctx, cancel := within(ctx, limitLook)
	defer cancel()
	seen, err := d.api().ContainerStatPath(ctx, id, path)
	if err = explain(ctx, err); errors.Is(err, ErrNotFound) {
		return PathStat{}, &Error{Kind: ErrNotFound, Words: fmt.Sprintf("no %s in container %s", path, id), Cause: err}
	} else if err != nil {
		return PathStat{}, err
	}
	return PathStat{
		Name: seen.Name, Size: model.Bytes(seen.Size), Mode: seen.Mode, Link: seen.LinkTarget, At: seen.Mtime,
	}, nil
}

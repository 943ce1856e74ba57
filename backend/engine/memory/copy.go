package memory

import (
	"context"
	"fmt"
	"io"
	"path"

	"berth/backend/engine"
	"berth/model"
)

// files finds a container's files, for a method that is about them.
func (m containers) files(ctx context.Context, verb, id string) (*files, error) {
	c, err := m.enterAt(ctx, verb, id)
	if err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	return c.files, nil
}

// CopyTo unpacks a tar stream below a folder of the container.
func (m containers) CopyTo(ctx context.Context, id, dir string, tar io.Reader) error {
	f, err := m.files(ctx, "CopyTo", id)
	if err != nil {
		return err
	}
	at, err := f.open(dir)
	if err != nil {
		return missing(id, dir)
	}
	return f.unpack(at.head.Name, tar)
}

// CopyFrom returns a file or folder of the container as a tar stream.
func (m containers) CopyFrom(ctx context.Context, id, name string) (io.ReadCloser, error) {
	f, err := m.files(ctx, "CopyFrom", id)
	if err != nil {
		return nil, err
	}
	stream, err := f.pack(name)
	if err != nil {
		return nil, missing(id, name)
	}
	return io.NopCloser(stream), nil
}

// Export returns all files of a container as a tar stream.
func (m containers) Export(ctx context.Context, id string) (io.ReadCloser, error) {
	f, err := m.files(ctx, "Export", id)
	if err != nil {
		return nil, err
	}
	stream, err := f.pack("/")
	if err != nil {
		return nil, missing(id, "/")
	}
	return io.NopCloser(stream), nil
}

// Stat describes a path in a container.
func (m containers) Stat(ctx context.Context, id, name string) (engine.PathStat, error) {
	f, err := m.files(ctx, "Stat", id)
	if err != nil {
		return engine.PathStat{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ok := f.look(inside(name), false)
	if !ok {
		return engine.PathStat{}, missing(id, name)
	}
	return engine.PathStat{
		Name: path.Base(at.head.Name), Size: model.Bytes(len(at.data)), Mode: at.head.FileInfo().Mode(),
		Link: at.head.Linkname, At: at.head.ModTime,
	}, nil
}

func missing(id, name string) error {
	return &engine.Error{Kind: engine.ErrNotFound, Words: fmt.Sprintf("no %s in container %s", name, id)}
}

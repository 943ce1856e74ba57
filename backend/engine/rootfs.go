package engine

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrNotHere says that a container's files can't be entered from this process: the engine is on another machine, its
// storage has no folder for them, or only root may enter it.
var ErrNotHere = errors.New("its files can't be entered from here")

// Mounted calls do with the folder of this machine that shows a container's files, without its volumes. The files stay
// there while do runs, even if the container isn't running. The error is ErrNotHere if there is no such folder, or this
// process may not enter it.
//
// The engine mounts a stopped container's files while it copies into it. So Mounted begins an empty copy, and ends it
// when do has returned. A start of the container waits until then.
func (d files) Mounted(ctx context.Context, id string, do func(folder string) error) error {
	ctx, cancel := withLimit(ctx, limitRun)
	defer cancel()
	raw, err := d.api().ContainerInspect(ctx, id)
	if err != nil {
		return d.explain(ctx, err)
	}
	folder := raw.GraphDriver.Data["MergedDir"] // of overlay2 and fuse-overlayfs
	facts, err := d.Facts(ctx)
	if err != nil {
		return err
	}
	if !facts.Local || folder == "" || os.Geteuid() != 0 {
		return ErrNotHere
	}
	nothing, end := io.Pipe()
	copied := make(chan error, 1)
	go func() { copied <- d.CopyTo(ctx, raw.ID, "/", nothing) }()
	err = untilMounted(ctx, folder, copied)
	if err == nil {
		err = do(folder)
	}
	ending := tar.NewWriter(end).Close()
	_ = end.Close() // a pipe: never fails
	if err != nil {
		cancel() // the result of the copy doesn't matter then
	}
	return errors.Join(err, ending, <-copied)
}

// untilMounted waits until a folder is the root of a file system of its own.
func untilMounted(ctx context.Context, folder string, failed <-chan error) error {
	const patience = 10 * time.Second
	deadline := time.After(patience)
	for {
		var in, above syscall.Stat_t
		err := errors.Join(syscall.Stat(folder, &in), syscall.Stat(filepath.Dir(folder), &above))
		if err == nil && in.Dev != above.Dev {
			return nil
		}
		select {
		case err := <-failed:
			return errors.Join(err, errors.New("the copy that should keep its files there ended"))
		case <-deadline:
			return fmt.Errorf("%w: the engine doesn't mount them in %s", ErrNotHere, folder)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}

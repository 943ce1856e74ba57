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

// ErrNotHere says that a container's files can't be entered from this process: the engine is elsewhere, its
// storage has no folder for them, or only root may enter it.
var ErrNotHere = errors.New("its files can't be entered from here")

// Mounted calls do with the folder of this machine that has a container's files, without its volumes. The files stay
// there while do runs, also if the container isn't running. ErrNotHere where there is no such folder or we may not
// enter it.
//
// The engine mounts a stopped container's files for as long as it copies into it. So an empty copy is begun,
// and ended when do has returned. A start of the container waits until then.
func (d files) Mounted(ctx context.Context, id string, do func(folder string) error) error {
	ctx, cancel := within(ctx, limitRun)
	defer cancel()
	raw, err := d.api().ContainerInspect(ctx, id)
	if err != nil {
		return explain(ctx, err)
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
		cancel() // whether the copy ended well doesn't matter then
	}
	return errors.Join(err, ending, <-copied)
}

// untilMounted waits for a folder to be the root of a file system of its own.
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

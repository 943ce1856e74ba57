package inside

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"berth/backend/engine"
	"berth/model"
)

// onStartLog is the file to which the launcher writes the on-start script's output.
const onStartLog = "/var/log/onstart.log"

// Logs returns the instance's output, or that of its on-start script. The caller must close it, which ends following.
func (a *Access) Logs(ctx context.Context, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error) {
	i, err := a.withContainer(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.OnStart {
		return a.onStartLog(ctx, i, r)
	}
	log, err := a.Engine.Logs(ctx, i.Container, engine.LogOptions{Follow: r.Follow, Tail: r.Tail, Timestamps: r.Timestamps})
	if err != nil {
		return nil, refused(i, err)
	}
	return explained{log, i}, nil
}

// onStartLog reads the script's log from the container's file system, even if the container is stopped. Following needs
// a running one.
func (a *Access) onStartLog(ctx context.Context, i model.Instance, r model.LogRequest) (io.ReadCloser, error) {
	if !i.Order.Mode.Launcher() {
		return nil, fmt.Errorf("%s: %w: only ssh and jupyter instances run an on-start script", i.ID, model.ErrNotAllowed)
	}
	if r.Follow && i.Phase == model.PhaseRunning {
		log, err := a.tail(ctx, i, r)
		if err != nil {
			return nil, refused(i, err)
		}
		return explained{log, i}, nil
	}
	archive, err := a.Engine.CopyFrom(ctx, i.Container, onStartLog)
	if errors.Is(err, engine.ErrNotFound) {
		return io.NopCloser(strings.NewReader("")), nil // the script has printed nothing yet
	}
	if err != nil {
		return nil, refused(i, err)
	}
	log, err := unpackOne(archive)
	if err != nil {
		return nil, refused(i, err)
	}
	return explained{log, i}, nil
}

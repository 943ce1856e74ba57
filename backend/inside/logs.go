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

// onStartLog is where the launcher writes what the on-start script says.
const onStartLog = "/var/log/onstart.log"

// Logs is the instance's output, or what its on-start script wrote; closing the reader ends it.
func (a *Access) Logs(ctx context.Context, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error) {
	i, err := a.made(ctx, id)
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
	return log, nil
}

// onStartLog reads the script's log from the container's file system, which works on a stopped one too;
// following it takes a running one.
func (a *Access) onStartLog(ctx context.Context, i model.Instance, r model.LogRequest) (io.ReadCloser, error) {
	if !i.Order.Mode.Launcher() {
		return nil, fmt.Errorf("%s: %w: only ssh and jupyter instances run an on-start script", i.ID, model.ErrNotAllowed)
	}
	if r.Follow && i.Phase == model.PhaseRunning {
		return a.tail(ctx, i, r)
	}
	archive, err := a.Engine.CopyFrom(ctx, i.Container, onStartLog)
	if errors.Is(err, engine.ErrNotFound) {
		return io.NopCloser(strings.NewReader("")), nil // it hasn't said anything yet
	}
	if err != nil {
		return nil, err
	}
	return unpackOne(archive)
}

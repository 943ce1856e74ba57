package inside

import (
	"context"
	"io"
	"time"

	"berth/backend/engine"
)

// LastWords are the last lines of a container's log, also of one that has ended; empty where there are none to be had.
func (a *Access) LastWords(ctx context.Context, container string) string {
	const (
		lines = 20
		most  = 16 << 10 // bytes
		wait  = 5 * time.Second
	)
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	log, err := a.Engine.Logs(ctx, container, engine.LogOptions{Tail: lines})
	if err != nil {
		return ""
	}
	stop := context.AfterFunc(ctx, func() { _ = log.Close() }) // ends the reading
	defer stop()
	text, _ := io.ReadAll(io.LimitReader(log, most)) // what could be read is what there is
	_ = log.Close()
	return string(text)
}

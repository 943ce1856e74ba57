package inside

import (
	"context"
	"io"
	"time"

	"berth/backend/engine"
)

// LogTail returns the last lines of a container's log, or "" if they can't be read. The container may have ended. Of
// very long lines it returns the beginning.
func (a *Access) LogTail(ctx context.Context, container string, lines int) string {
	const (
		aLine = 800     // bytes
		most  = 4 << 20 // of all
		wait  = 5 * time.Second
	)
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	log, err := a.Engine.Logs(ctx, container, engine.LogOptions{Tail: lines})
	if err != nil {
		return ""
	}
	stop := context.AfterFunc(ctx, func() { _ = log.Close() }) // ends a blocked read
	defer stop()
	text, _ := io.ReadAll(io.LimitReader(log, min(int64(lines)*aLine, most))) // what could be read is enough
	_ = log.Close()
	return string(text)
}

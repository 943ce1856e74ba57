package inside

import (
	"context"
	"io"
	"time"

	"berth/backend/engine"
)

// wallScript writes its argument to every open terminal of a container. Each write is a process of its own, since a
// terminal whose output is held back blocks whoever writes to it; what blocks is ended.
const wallScript = `for t in /dev/pts/[0-9]*; do [ -w "$t" ] && printf '\r\n\007%s\r\n' "$1" > "$t" & done
sleep 1
for p in $(jobs -p); do kill "$p"; done 2>/dev/null`

// wallTime is how long a message may take. An instance that is too busy to take one misses it.
const wallTime = 5 * time.Second

// Wall writes a line to every terminal that is open in a container. A container without a shell, or without a terminal,
// gets none: what is said there is also said elsewhere.
func (a *Access) Wall(ctx context.Context, container, line string) error {
	ctx, cancel := context.WithTimeout(ctx, wallTime)
	defer cancel()
	e, err := a.Engine.Exec(ctx, container, engine.ExecRequest{Cmd: []string{"/bin/sh", "-c", wallScript, "wall", line}})
	if err != nil {
		return err
	}
	defer e.Close() //nolint:errcheck // what it wrote is written
	stop := context.AfterFunc(ctx, func() { _ = e.Close() })
	defer stop()
	return e.Copy(io.Discard, io.Discard)
}

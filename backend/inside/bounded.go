package inside

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"berth/backend/engine"
)

// The bounds of what an instance is heard out for. Whoever is root in there may answer without end, or never.
const (
	mostSaid  = 64 << 10         // bytes of a program's complaint
	saidWait  = 20 * time.Second // for one that does little; an engine under load takes seconds to begin it
	mostFiles = 1 << 20          // bytes of what ls, rm or du prints
	filesWait = 2 * time.Minute
	fileWait  = 10 * time.Second // for a small file
)

// errTooMuch says that an instance said more than it was asked for.
var errTooMuch = errors.New("it says more than it should, the rest isn't read")

// said runs a command in a container to its end and returns what it printed, both streams, and its exit code.
func (a *Access) said(ctx context.Context, id string, r engine.ExecRequest) (text []byte, code int, err error) {
	ctx, cancel := context.WithTimeout(ctx, saidWait)
	defer cancel()
	e, err := a.Engine.Exec(ctx, id, r)
	if err != nil {
		return nil, 0, err
	}
	var out bytes.Buffer
	most := &bounded{out: &out, left: mostSaid}
	code, err = ended(ctx, e, most)
	return out.Bytes(), code, err
}

// ended hands on what a command prints, until it ends, the time does or out takes no more. One that is given up on is
// ended, where that can be done.
func ended(ctx context.Context, e *engine.Exec, out io.Writer) (code int, err error) {
	defer func() {
		if err != nil {
			_ = e.Abandon() // what made it so is told
			return
		}
		_ = e.Close() // it has ended
	}()
	defer context.AfterFunc(ctx, func() { _ = e.Close() })()
	if err := e.Copy(out, out); err != nil {
		return 0, overdue(ctx, err)
	}
	code, err = e.Wait(ctx)
	return code, overdue(ctx, err)
}

// overdue puts why something was given up on before what that looked like.
func overdue(ctx context.Context, err error) error {
	if gone := ctx.Err(); err != nil && gone != nil && !errors.Is(err, gone) {
		return fmt.Errorf("%w: %w", gone, err)
	}
	return err
}

// bounded hands on so many bytes and then refuses.
type bounded struct {
	out  io.Writer
	left int
}

// Write hands p on as far as it may.
func (b *bounded) Write(p []byte) (int, error) {
	fits := min(len(p), b.left)
	n, err := b.out.Write(p[:fits])
	b.left -= n
	if err == nil && n < len(p) {
		err = errTooMuch
	}
	return n, err
}

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

// The limits on what an instance may answer. Its root may make a program that writes without end or never ends.
const (
	outputLimit     = 64 << 10         // bytes of a program's output
	outputTimeout   = 20 * time.Second // for a short command; an engine under load takes seconds to start it
	fileListLimit   = 1 << 20          // bytes of the output of ls, rm or du
	fileListTimeout = 2 * time.Minute
	fileTimeout     = 10 * time.Second // for reading a small file
)

// errTooMuch means that an instance wrote more than its limit.
var errTooMuch = errors.New("it says more than it should, the rest isn't read")

// combinedOutput runs a command in a container to its end. It returns the command's output, both streams together, and
// its exit code.
func (a *Access) combinedOutput(ctx context.Context, id string, r engine.ExecRequest) (text []byte, code int, err error) {
	ctx, cancel := context.WithTimeout(ctx, outputTimeout)
	defer cancel()
	e, err := a.Engine.Exec(ctx, id, r)
	if err != nil {
		return nil, 0, err
	}
	var out bytes.Buffer
	most := &limitedWriter{out: &out, left: outputLimit}
	code, err = copyAndWait(ctx, e, most)
	return out.Bytes(), code, err
}

// copyAndWait copies a command's output until the command or the context ends, or until out returns an error. A command
// that didn't end by itself is killed if the engine can do that.
func copyAndWait(ctx context.Context, e *engine.Exec, out io.Writer) (code int, err error) {
	defer func() {
		if err != nil {
			_ = e.Abandon() // the error that led here is returned
			return
		}
		_ = e.Close() // the command has ended
	}()
	defer context.AfterFunc(ctx, func() { _ = e.Close() })()
	if err := e.Copy(out, out); err != nil {
		return 0, withCause(ctx, err)
	}
	code, err = e.Wait(ctx)
	return code, withCause(ctx, err)
}

// withCause puts the context's error before an error that it caused.
func withCause(ctx context.Context, err error) error {
	if gone := ctx.Err(); err != nil && gone != nil && !errors.Is(err, gone) {
		return fmt.Errorf("%w: %w", gone, err)
	}
	return err
}

// limitedWriter passes on a limited number of bytes and then returns errTooMuch.
type limitedWriter struct {
	out  io.Writer
	left int
}

// Write writes as much of p as the limit allows.
func (b *limitedWriter) Write(p []byte) (int, error) {
	fits := min(len(p), b.left)
	n, err := b.out.Write(p[:fits])
	b.left -= n
	if err == nil && n < len(p) {
		err = errTooMuch
	}
	return n, err
}

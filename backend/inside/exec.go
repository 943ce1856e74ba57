package inside

import (
	"context"
	"io"

	"berth/backend/engine"
	"berth/model"
)

// Exec runs a command in a running instance on the given streams and returns its exit code. in may be nil.
func (a *Access) Exec(ctx context.Context, id model.InstanceID, command []string, in io.Reader, out, errs io.Writer) (int, error) {
	i, err := a.made(ctx, id)
	if err != nil {
		return 0, err
	}
	e, err := a.Engine.Exec(ctx, i.Container, engine.ExecRequest{Cmd: command, Stdin: in != nil})
	if err != nil {
		return 0, refused(i, err)
	}
	defer e.Close() //nolint:errcheck // the command's end is what counts
	if in != nil {
		go func() { // ends with the command: closing the exec ends the write, the process the read
			_, _ = io.Copy(e.Stdin, in)
			_ = e.Stdin.Close()
		}()
	}
	if err := e.Copy(out, errs); err != nil {
		return 0, err
	}
	return e.Wait(ctx)
}

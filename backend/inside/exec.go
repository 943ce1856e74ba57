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

// Exec runs a command in a running instance with the given streams and returns its exit code. in may be nil.
func (a *Access) Exec(ctx context.Context, id model.InstanceID, command []string, in io.Reader, out, errs io.Writer) (int, error) {
	i, err := a.withContainer(ctx, id)
	if err != nil {
		return 0, err
	}
	e, err := a.Engine.Exec(ctx, i.Container, engine.ExecRequest{Cmd: command, Stdin: in != nil})
	if err != nil {
		return 0, refused(i, err)
	}
	defer e.Close() //nolint:errcheck // the command's exit code is what counts
	if in != nil {
		go func() { // ends with the command: Close ends a blocked write; the end of this process ends a blocked read
			_, _ = io.Copy(e.Stdin, in)
			_ = e.Stdin.Close()
		}()
	}
	if err := e.Copy(out, errs); err != nil {
		return 0, refused(i, err)
	}
	return exited(ctx, e, i, command)
}

// exited is the exit code of a command that was run for somebody, and why it couldn't be begun.
func exited(ctx context.Context, e *engine.Exec, i model.Instance, command []string) (int, error) {
	code, err := e.Wait(ctx)
	switch {
	case errors.Is(err, engine.ErrNoProgram) && strings.Contains(command[0], "/"):
		err = fmt.Errorf("%s: there is no program %s in it (%w)", i.ID, command[0], err)
	case errors.Is(err, engine.ErrNoProgram):
		err = fmt.Errorf("%s: there is no program %q in it, in none of the folders of its PATH: "+
			"check the name, give its whole path, or use an image that has it (%w)", i.ID, command[0], err)
	case errors.Is(err, engine.ErrNotExecutable):
		err = fmt.Errorf("%s: %s in it isn't a program that may be run: see its mode (ls -l) and whether it is made for this processor (%w)",
			i.ID, command[0], err)
	default:
		err = refused(i, err)
	}
	return code, err
}

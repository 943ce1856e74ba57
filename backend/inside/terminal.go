package inside

import (
	"context"
	"io"
	"os"

	"berth/backend/attach"
	"berth/backend/engine"
	"berth/model"
)

// shellCommand runs Bash if the image has it, else sh.
var shellCommand = []string{"/bin/sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash -l; exec sh -l"}

// Shell runs an interactive shell in the instance on the given terminal until the shell ends.
func (a *Access) Shell(ctx context.Context, id model.InstanceID, in io.Reader, out io.Writer) error {
	_, err := a.Terminal(ctx, id, shellCommand, in, out)
	return err
}

// Terminal runs a command in the instance on the given terminal and returns its exit code. Meanwhile the terminal is in
// raw mode.
func (a *Access) Terminal(ctx context.Context, id model.InstanceID, command []string, in io.Reader, out io.Writer) (int, error) {
	i, err := a.withContainer(ctx, id)
	if err != nil {
		return 0, err
	}
	env := []string{"TERM=" + os.Getenv("TERM")}
	e, err := a.Engine.Exec(ctx, i.Container, engine.ExecRequest{Cmd: command, Env: env, TTY: true, Stdin: true})
	if err != nil {
		return 0, refused(i, err)
	}
	defer e.Close() //nolint:errcheck // the shell's exit code is what counts
	stop, err := attach.Terminal(ctx, attach.Command{Stdin: e.Stdin, Resize: e.Resize, Close: e.Close}, in)
	if err != nil {
		return 0, err
	}
	defer stop()
	if err := e.Copy(out, out); err != nil {
		return 0, refused(i, err)
	}
	return exited(ctx, e, i, command)
}

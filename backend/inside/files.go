package inside

import (
	"context"
	"errors"
	"fmt"
	"io"

	"berth/backend/engine"
	"berth/backend/guest/filecmd"
	"berth/backend/guest/files"
	"berth/model"
)

// Files runs ls, rm or du on an instance's files, from their root, and writes what it says. An instance that
// runs does it itself; the files of one that doesn't are entered where they lie. What is written is bounded, and so
// is the time that it may take.
func (a *Access) Files(ctx context.Context, id model.InstanceID, command []string, out io.Writer) (err error) {
	i, err := a.withContainer(ctx, id)
	if err != nil {
		return err
	}
	defer func() { err = refused(i, err) }()
	ctx, cancel := context.WithTimeout(ctx, fileListTimeout)
	defer cancel()
	out = &limitedWriter{out: out, left: fileListLimit}
	done, err := a.insideRunning(ctx, i, command, out)
	if done || err != nil {
		return err
	}
	e, ok := a.Engine.(interface {
		Mounted(ctx context.Context, id string, do func(folder string) error) error
	})
	if !ok {
		return fmt.Errorf("%s: %w: start it first", id, model.ErrNotAllowed)
	}
	err = e.Mounted(ctx, i.Container, func(folder string) error {
		return filecmd.Run(ctx, filecmd.Place{Root: folder, Out: out, Err: out}, command)
	})
	switch {
	case errors.Is(err, filecmd.ErrFailed):
		return nil // the command has printed why
	case errors.Is(err, engine.ErrNotHere):
		return fmt.Errorf("%s: %w: the keeper would have to be root, on the engine's own machine (%w): start the instance first",
			id, model.ErrNotAllowed, err)
	}
	return err
}

// insideRunning runs the command in a running instance: by the image's program, which knows most flags, else by the
// launcher, which has all three. It returns false if the instance isn't running or has neither.
func (a *Access) insideRunning(ctx context.Context, i model.Instance, command []string, out io.Writer) (bool, error) {
	c, err := a.Engine.Inspect(ctx, i.Container)
	if err != nil {
		return false, err
	}
	if c.State != engine.Running {
		return false, nil
	}
	done, err := a.runIn(ctx, c.ID, command, out)
	if !done && err == nil && i.Order.Mode.Launcher() {
		done, err = a.runIn(ctx, c.ID, append([]string{files.Program}, command...), out)
	}
	return done, err
}

// runIn runs a command in a container. It returns false if the container has no such command.
func (a *Access) runIn(ctx context.Context, id string, command []string, out io.Writer) (bool, error) {
	e, err := a.Engine.Exec(ctx, id, engine.ExecRequest{Cmd: command, User: "0", WorkDir: "/"})
	if errors.Is(err, engine.ErrConflict) { // the container has just ended
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = copyAndWait(ctx, e, out)
	if errors.Is(err, engine.ErrNoProgram) || errors.Is(err, engine.ErrNotExecutable) {
		return false, nil
	}
	return true, err
}

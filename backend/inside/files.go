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
func (a *Access) Files(ctx context.Context, id model.InstanceID, command []string, out io.Writer) error {
	i, err := a.made(ctx, id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, filesWait)
	defer cancel()
	out = &bounded{out: out, left: mostFiles}
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
		return nil // it has said so
	case errors.Is(err, engine.ErrNotHere):
		return fmt.Errorf("%s: %w: the keeper would have to be root, on the engine's own machine (%w): start the instance first",
			id, model.ErrNotAllowed, err)
	}
	return err
}

// insideRunning has a running instance do it: its image, whose commands know most flags, or else the launcher,
// which has all three. It reports false where the instance doesn't run or has no such command.
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

// runIn runs a command in a container, or reports that there is none of that name.
func (a *Access) runIn(ctx context.Context, id string, command []string, out io.Writer) (bool, error) {
	e, err := a.Engine.Exec(ctx, id, engine.ExecRequest{Cmd: command, User: "0", WorkDir: "/"})
	if errors.Is(err, engine.ErrConflict) { // it ended just now
		return false, nil
	}
	if err != nil {
		return false, err
	}
	first := &held{out: out}
	code, err := ended(ctx, e, first)
	if err != nil {
		return true, err
	}
	const cantRun, notFound = 126, 127
	if code == cantRun || code == notFound {
		return false, nil
	}
	return true, first.release()
}

// held holds the first words of a command back until it is known that there is such a command.
type held struct {
	out   io.Writer
	first []byte
	going bool
}

// Write keeps the beginning and hands on the rest.
func (h *held) Write(p []byte) (int, error) {
	const most = 4 << 10
	if !h.going && len(h.first)+len(p) <= most {
		h.first = append(h.first, p...)
		return len(p), nil
	}
	if err := h.release(); err != nil {
		return 0, err
	}
	return h.out.Write(p)
}

// release hands on what was kept.
func (h *held) release() error {
	h.going = true
	_, err := h.out.Write(h.first)
	h.first = nil
	return err
}

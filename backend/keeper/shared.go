package keeper

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"sync"
	"syscall"

	"berth/backend/engine"
	"berth/backend/label"
	"berth/backend/ledger"
	"berth/backend/world"
	"berth/model"
)

// shared is what all parts of the keeper share: the parts it was made from, the last world, and the functions that
// write to ledger and history.
type shared struct {
	Parts

	mu    sync.Mutex
	world world.World // the world at the last look
}

// containerNames returns the possible names of an instance's container: the instance's name, or, if another ledger's
// container has that name on the same engine, a name that only this ledger uses. Two ledgers that launch at the same
// moment choose the same number, because each looks at the engine before the other's container exists.
func (s *shared) containerNames(id model.InstanceID) []string {
	return []string{id.String(), id.String() + "-" + label.Mark(s.Home)}
}

// find asks the engine for the instance's container: by the id in the row, or else by name. The name is needed if no
// container has that id any more, or if a keeper was killed after the create and before it wrote the id. A container
// with that name is the instance's only if its labels prove it.
func (s *shared) find(ctx context.Context, i model.Instance) (*engine.Container, error) {
	if i.Container != "" {
		c, err := s.Engine.Inspect(ctx, i.Container)
		if !errors.Is(err, engine.ErrNotFound) {
			return &c, err
		}
	}
	for _, name := range s.containerNames(i.ID) {
		c, err := s.Engine.Inspect(ctx, name)
		switch {
		case errors.Is(err, engine.ErrNotFound):
		case err != nil:
			return nil, err
		case s.provenOf(c, i.ID):
			return &c, nil
		}
	}
	return nil, nil
}

// provenOf reports whether a container's labels prove that it is the instance's.
func (s *shared) provenOf(c engine.Container, id model.InstanceID) bool {
	return s.Key.Proves(c.Name, c.Image, c.Labels) && c.Labels[label.ID] == strconv.FormatInt(int64(id), 10)
}

func (s *shared) outage() world.Outage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.Outage
}

// sawEnd reports whether the last world also shows this end of the container, with an engine that answers.
func (s *shared) sawEnd(c *engine.Container) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen, known := s.world.Containers[c.ID]
	return known && s.world.Engine.OK && !seen.Alive() && seen.StartedAt.Equal(c.StartedAt)
}

// devices returns the GPUs in the last world.
func (s *shared) devices() []model.Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.Devices
}

// facts returns the engine's facts in the last world.
func (s *shared) facts() engine.Facts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.Facts
}

// complain logs what stopped a worker, unless it was told to stop or its instance is gone.
func (s *shared) complain(ctx context.Context, id model.InstanceID, doing string, err error) {
	if err != nil && ctx.Err() == nil && !errors.Is(err, model.ErrNoInstance) && !errors.Is(err, ledger.ErrStale) {
		s.Log.Error(doing, "instance", id, "err", err)
	}
}

// record writes a line to history and to the log. Both are for people: a failure to write them stops nothing.
func (s *shared) record(ctx context.Context, id model.InstanceID, verb, format string, args ...any) {
	e := model.Event{At: s.Now(), Actor: "keeper", Instance: id, Verb: verb, Detail: fmt.Sprintf(format, args...), Calls: takeCallNotes(ctx)}
	s.Log.Info(verb, "instance", id, "detail", e.Detail)
	if err := s.Ledger.Record(ctx, e); err != nil {
		s.complain(ctx, id, "writing history", err)
	}
}

// write changes an instance in the ledger, if its row still has the wish that was seen. If somebody has given an order
// since, nothing changes and the error is ledger.ErrStale: the next step follows that order.
func (s *shared) write(ctx context.Context, seen model.Instance, change func(*model.Instance)) error {
	_, err := s.revise(ctx, seen, func(i *model.Instance) error {
		change(i)
		return nil
	})
	return err
}

// revise is write for a change that may refuse; it returns the instance as it is then.
func (s *shared) revise(ctx context.Context, seen model.Instance, change func(*model.Instance) error) (model.Instance, error) {
	var refusal error
	after, err := s.Ledger.Write(ctx, seen, func(i *model.Instance) error {
		refusal = change(i)
		return refusal
	})
	return after, s.refusalOr(ctx, refusal, err)
}

// reserve is write for a change that allocates free resources and may refuse.
func (s *shared) reserve(ctx context.Context, seen model.Instance, change func(*model.Instance, ledger.Promises) error) error {
	var refusal error
	_, err := s.Ledger.Reserve(ctx, seen, func(i *model.Instance, p ledger.Promises) error {
		refusal = change(i, p)
		return refusal
	})
	return s.refusalOr(ctx, refusal, err)
}

// refusalOr returns a change's own refusal, or else the classified error of the write.
func (s *shared) refusalOr(ctx context.Context, refusal, err error) error {
	if refusal != nil {
		return refusal
	}
	return s.classifyWrite(ctx, err)
}

// classifyWrite classifies the error of a ledger write. An answer of the ledger is returned as it is. A failure of the
// ledger itself is wrapped as a storageError, for the caller to wait and retry: nothing that runs is ended because a
// write about it failed.
func (s *shared) classifyWrite(ctx context.Context, err error) error {
	for _, answer := range []error{ledger.ErrStale, ledger.ErrDeposed, ledger.ErrTaken, ledger.ErrRemoved, model.ErrNoInstance} {
		if errors.Is(err, answer) {
			return err
		}
	}
	if err == nil {
		s.Say("")
		return nil
	}
	if ctx.Err() == nil {
		s.Say(fmt.Sprintf("the ledger can't be written: %v; what runs goes on, and orders wait", err))
	}
	return storageError{err}
}

// asStorageError wraps an error as a storageError if a file couldn't be written because its file system is full,
// read-only or broken. Other errors stay as they are.
func (s *shared) asStorageError(ctx context.Context, err error) error {
	var file *fs.PathError
	if !errors.As(err, &file) {
		return err
	}
	for _, now := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO} {
		if errors.Is(file, now) {
			if ctx.Err() == nil {
				s.Say(fmt.Sprintf("%v; what runs goes on, and starts wait", err))
			}
			return storageError{err}
		}
	}
	return err
}

// storageError is a failure of the ledger itself, or of a file beside it. It is retried.
type storageError struct{ cause error }

func (u storageError) Error() string { return u.cause.Error() }
func (u storageError) Unwrap() error { return u.cause }

// gpuNames returns the GPUs' names as people know them.
func (s *shared) gpuNames(ctx context.Context, ids []model.GPUID) string {
	return s.World.GPUNames(ctx, ids)
}

// choosePorts gives open ports external port numbers that are free in the last world.
func (s *shared) choosePorts(ports []model.Port, p ledger.Promises) ([]model.Port, error) {
	w, _ := s.World.Last()
	return w.ChoosePorts(ports, p)
}

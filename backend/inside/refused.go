package inside

import (
	"context"
	"errors"
	"fmt"
	"io"

	"berth/backend/engine"
	"berth/model"
)

// A refusal is an error of the engine's on the way into an instance: which instance it is, what the error means there
// and what to do, before the engine's own words. Every way into an instance ends in it, so that nobody meets those
// words bare.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// refused makes a refusal of an error of the engine's. Others stay as they are.
func refused(i model.Instance, err error) error {
	if !isBare(err) {
		return err
	}
	return refusal{fmt.Errorf("%s: %w", i.ID, withMeaning(i, err))}
}

// refusedAt is refused for an error that says already where it was met.
func refusedAt(i model.Instance, err error) error {
	if !isBare(err) {
		return err
	}
	return refusal{withMeaning(i, err)}
}

// isBare reports whether an error is the engine's and nobody has said yet what it means.
func isBare(err error) bool {
	var engines *engine.Error
	var told refusal
	return errors.As(err, &engines) && !errors.As(err, &told) && !errors.Is(err, context.Canceled)
}

func withMeaning(i model.Instance, err error) error {
	switch {
	case errors.Is(err, engine.ErrUnavailable):
		return err // it says what to do
	case errors.Is(err, engine.ErrConflict):
		return fmt.Errorf("a command in it is %w: it is %s (%w)", model.ErrNotAllowed, i.Status(), err)
	case errors.Is(err, engine.ErrNotFound):
		return fmt.Errorf("its container is gone from the engine; `berth recycle %s` makes it anew (%w)", i.ID, err)
	}
	return model.Told(model.AreaStart, err, model.Subject{Image: i.Order.Image})
}

// An explained stream says what the engine's errors mean for an instance where it breaks off.
type explained struct {
	io.ReadCloser
	of model.Instance
}

func (r explained) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	return n, refused(r.of, err)
}

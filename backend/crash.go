package backend

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// A Crash is a mistake in the code of one of a machine's goroutines. Run returns it when all the others have let
// go, so that whoever has a terminal can give it back before anybody reads of it.
type Crash struct {
	value any
	trace []byte
}

func (c *Crash) Error() string { return fmt.Sprintf("mistake in berth's keeper: %v", c.value) }

// Trace is where it happened.
func (c *Crash) Trace() []byte { return c.trace }

// guarded is what a goroutine of the machine does. Its panic ends all of them instead of the process.
func (m *Machine) guarded(do func()) func() {
	return func() {
		defer func() {
			if value := recover(); value != nil {
				m.halt(&Crash{value, debug.Stack()})
			}
		}()
		do()
	}
}

// haltOf is why a run ended before its context did; nil where it didn't.
func haltOf(ctx context.Context) error {
	var c *Crash
	switch cause := context.Cause(ctx); {
	case errors.As(cause, &c):
		return c
	case errors.Is(cause, ErrStateGone):
		return cause
	}
	return nil
}

// Package crash turns a panic in one goroutine into the orderly end of all of them, so that the terminal is restored
// before the error is shown.
package crash

import (
	"context"
	"fmt"
	"runtime/debug"
)

// A Crash is a panic of a goroutine: its value and its stack trace.
type Crash struct {
	value any
	trace []byte
}

func (c *Crash) Error() string { return fmt.Sprintf("mistake in berth: %v", c.value) }

// Trace returns the stack trace.
func (c *Crash) Trace() []byte { return c.trace }

// Guard returns a function that runs do in a goroutine. A panic in do doesn't end the process; it cancels halt's
// context with a *Crash as the cause.
func Guard(halt context.CancelCauseFunc, do func()) func() {
	return func() {
		defer func() {
			if value := recover(); value != nil {
				halt(&Crash{value, debug.Stack()})
			}
		}()
		do()
	}
}

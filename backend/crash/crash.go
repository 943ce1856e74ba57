// Package crash turns a mistake in one goroutine into the orderly end of all of them, so that whoever has the
// terminal can give it back before anybody reads of the mistake.
package crash

import (
	"context"
	"fmt"
	"runtime/debug"
)

// A Crash is a mistake in the code of a goroutine: the value of its panic, and where it happened.
type Crash struct {
	value any
	trace []byte
}

func (c *Crash) Error() string { return fmt.Sprintf("mistake in berth's keeper: %v", c.value) }

// Trace is where it happened.
func (c *Crash) Trace() []byte { return c.trace }

// Guard returns do as a goroutine may run it: a panic ends the context that halt belongs to, with a *Crash as its
// cause, instead of the process.
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

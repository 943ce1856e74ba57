package terminal

import (
	"fmt"
	"runtime/debug"

	tea "charm.land/bubbletea/v2"
)

// A Crash is a panic in the screen's own code. Run returns it after the terminal was restored.
type Crash struct {
	Value any
	Stack []byte
}

func (c *Crash) Error() string { return fmt.Sprintf("the screen failed: %v", c.Value) }

// crashedMsg is the message of a command that panicked.
type crashedMsg struct{}

// guard recovers a panic and records the first one as the reason for the end. It must be deferred. end, if given, ends
// the program.
func (t *Terminal) guard(end func()) {
	value := recover()
	if value == nil {
		return
	}
	t.mu.Lock()
	if t.crash == nil {
		t.crash = &Crash{value, debug.Stack()}
	}
	t.mu.Unlock()
	if end != nil {
		go end()
	}
}

// guarded wraps a command so that a panic in it ends the program in order, and not the process.
func (t *Terminal) guarded(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		msg = crashedMsg{}
		defer t.guard(nil)
		return cmd()
	}
}

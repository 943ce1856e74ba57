package terminal

import (
	"fmt"
	"runtime/debug"

	tea "charm.land/bubbletea/v2"
)

// A Crash is a mistake in the screen's own code. The terminal is restored by the time anybody sees it.
type Crash struct {
	Value any
	Stack []byte
}

func (c *Crash) Error() string { return fmt.Sprintf("the screen failed: %v", c.Value) }

// crashedMsg says that a command has crashed.
type crashedMsg struct{}

// guard records a panic as the reason to end. It is deferred.
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

// guarded is a command whose panic ends the program instead of the process.
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

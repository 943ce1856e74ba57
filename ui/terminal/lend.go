package terminal

import (
	"reflect"

	tea "charm.land/bubbletea/v2"
)

// lendsTerminal reports whether the program lends the terminal on this message and waits: to a shell or an editor, or,
// when it is suspended, to the user's own shell. Bubble Tea doesn't export the type of the first kind, so an example of
// it tells the type.
func lendsTerminal(msg tea.Msg) bool {
	_, suspended := msg.(tea.SuspendMsg)
	return suspended || reflect.TypeOf(msg) == execType
}

var execType = reflect.TypeOf(tea.ExecProcess(nil, nil)())

// lend is the program's filter. It sees each message before the program acts on it, which is when the terminal must be
// given back. It also guards the commands of a batch, since they don't pass through Update.
func (t *Terminal) lend(_ tea.Model, msg tea.Msg) tea.Msg {
	if _, suspended := msg.(tea.SuspendMsg); suspended && !resumable() {
		t.write("\a")
		return CantSuspend{}
	}
	if lendsTerminal(msg) {
		t.Leave()
	}
	if batch, ok := msg.(tea.BatchMsg); ok {
		for i, cmd := range batch {
			batch[i] = t.guarded(cmd)
		}
	}
	return msg
}

// back takes the terminal again after it was lent. Its size may have changed meanwhile.
func (t *Terminal) back() tea.Msg {
	if err := t.enter(); err != nil {
		panic(err)
	}
	w, h := t.size()
	t.resize(w, h)
	return tea.WindowSizeMsg{Width: w, Height: h}
}

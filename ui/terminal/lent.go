package terminal

import (
	"reflect"

	tea "charm.land/bubbletea/v2"
)

// lent are the messages on which the program lends the terminal to somebody else and waits: a shell, an
// editor, the user's own shell. Bubble Tea doesn't export the first kind, but tells its type by an example.
func lent(msg tea.Msg) bool {
	_, suspended := msg.(tea.SuspendMsg)
	return suspended || reflect.TypeOf(msg) == execType
}

var execType = reflect.TypeOf(tea.ExecProcess(nil, nil)())

// lend is the program's filter: it sees each message before the program acts on it, which is when the
// terminal must be given back. The commands of a batch are guarded here, as nobody else sees them.
func (t *Terminal) lend(_ tea.Model, msg tea.Msg) tea.Msg {
	if _, suspended := msg.(tea.SuspendMsg); suspended && !resumable() {
		t.write("\a")
		return CantSuspend{}
	}
	if lent(msg) {
		t.leave()
	}
	if batch, ok := msg.(tea.BatchMsg); ok {
		for i, cmd := range batch {
			batch[i] = t.guarded(cmd)
		}
	}
	return msg
}

// back takes the terminal again after it was lent. It may have another size by now.
func (t *Terminal) back() tea.Msg {
	if err := t.enter(); err != nil {
		panic(err)
	}
	w, h := t.size()
	t.resize(w, h)
	return tea.WindowSizeMsg{Width: w, Height: h}
}

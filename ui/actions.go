package ui

import (
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
)

// pressed gives a key to whoever has the keys: the overlay, the filter, else the key map.
func (a App) pressed(msg tea.KeyPressMsg) (tea.Model, tea.Cmd) {
	if a.overlay != nil {
		if covers(a.overlay) { // its footer comes back
			a.messages = a.messages.Read()
		}
		return a.toOverlay(asEscape(msg))
	}
	if a.typing {
		return a.typed(msg)
	}
	a.messages = a.messages.Read()
	b, ok := a.keys.pressed(msg)
	if !ok {
		return a, nil
	}
	return b.run(a)
}

// run runs a command by its word.
func (a App) run(c Command) (tea.Model, tea.Cmd) {
	b, ok := a.keys.named(c)
	if !ok {
		return a, nil
	}
	return b.run(a)
}

// veryFar moves to the first or the last row.
const veryFar = 1 << 20

// move is the command that moves the selection of the pane in focus.
func move(by int) func(App) (App, tea.Cmd) {
	return onMain(func(m mainScreen) mainScreen { return m.moved(by) })
}

// page moves by so many times what the pane in focus shows.
func page(by int) func(App) (App, tea.Cmd) {
	return onMain(func(m mainScreen) mainScreen { return m.moved(by * m.page()) })
}

// onMain is a command that changes nothing but the main screen.
func onMain(do func(mainScreen) mainScreen) func(App) (App, tea.Cmd) {
	return func(a App) (App, tea.Cmd) {
		a.mainScreen = do(a.mainScreen)
		return a, nil
	}
}

// focusOn gives the keys to a pane.
func focusOn(p paneID) func(App) (App, tea.Cmd) {
	return onMain(func(m mainScreen) mainScreen { return m.on(p).paired() })
}

func nextPane(a App) (App, tea.Cmd)     { return focusOn((a.focus + 1) % 4)(a) }
func previousPane(a App) (App, tea.Cmd) { return focusOn((a.focus + 3) % 4)(a) }

// openDetail shows the details of the selection, whole. Once more, on an instance that failed, it brings the
// form back that made it: what to do next is to correct that.
func openDetail(a App) (App, tea.Cmd) {
	if i, ok := a.current(); ok && a.focus == paneDetail && i.Phase == model.PhaseFailed {
		return openFormLike(a)
	}
	a.focus, a.detail = paneDetail, a.detail.FromTop()
	return a, nil
}

// startFilter lets the filter take the keys.
func startFilter(a App) (App, tea.Cmd) {
	a.mainScreen, a.typing = a.onList(), true
	a.filter = kit.NewLine(a.theme(), "/", a.list.Filter(), model.MaxLabel)
	return a, nil
}

// typed takes a key for the filter: rows follow each letter. Enter leaves it in force, Esc clears it.
func (a App) typed(msg tea.Msg) (tea.Model, tea.Cmd) {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		switch press.String() {
		case "enter":
			a.typing = false
			return a, nil
		case "esc", "ctrl+c":
			a.typing, a.list = false, a.list.Filtered(a.scene, "")
			return a, nil
		case "up", "down":
			a.typing = false
			return a.pressed(press)
		}
	}
	a.mainScreen = a.filtered(msg)
	return a, nil
}

func nextSort(a App) (App, tea.Cmd) {
	a.list = a.list.NextOrder(a.scene)
	return a, nil
}

func reverseSort(a App) (App, tea.Cmd) {
	a.list = a.list.Reversed(a.scene)
	return a, nil
}

func toggleMine(a App) (App, tea.Cmd) {
	a.list = a.list.MineOrAll(a.scene)
	return a, nil
}

// markRow marks the selected instance and goes on to the next, so that a run of them is quickly marked.
func markRow(a App) (App, tea.Cmd) {
	if i, some := a.list.Current(); some && a.home == paneList {
		a.list = a.list.Turned(i.ID).Moved(1)
	}
	return a, nil
}

func markAll(a App) (App, tea.Cmd) {
	a.list = a.list.AllMarked()
	return a, nil
}

func refresh(a App) (App, tea.Cmd) {
	return a, a.order("looked at everything again", a.machine.Refresh)
}

func suspend(a App) (App, tea.Cmd) { return a, tea.Suspend }

func quit(a App) (App, tea.Cmd) { return a, tea.Quit }

package ui

import (
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
)

// pressKey passes a key press on: to the overlay if one is open, to the filter while the user types there, otherwise to
// the key map.
func (a App) pressKey(msg tea.KeyPressMsg) (tea.Model, tea.Cmd) {
	if a.overlay != nil {
		if covers(a.overlay) { // the overlay's own footer replaces the message
			a.messages = a.messages.Read()
		}
		return a.toOverlay(asEscape(msg))
	}
	if a.typing {
		return a.typeFilter(msg)
	}
	a.messages = a.messages.Read()
	b, ok := a.keys.pressed(msg)
	if !ok {
		return a, nil
	}
	return do(a, b)
}

// run runs a command by its name.
func (a App) run(c Command) (tea.Model, tea.Cmd) {
	b, ok := a.keys.named(c)
	if !ok {
		return a, nil
	}
	return do(a, b)
}

// veryFar is a distance that moves to the first or the last row of any list.
const veryFar = 1 << 20

// move returns the command that moves the selection of the focused pane.
func move(by int) func(App) (App, tea.Cmd) {
	return onMain(func(m mainScreen) mainScreen { return m.moved(by) })
}

// page returns the command that moves by a number of pages of the focused pane.
func page(by int) func(App) (App, tea.Cmd) {
	return onMain(func(m mainScreen) mainScreen { return m.moved(by * m.page()) })
}

// onMain returns a command that changes only the main screen.
func onMain(do func(mainScreen) mainScreen) func(App) (App, tea.Cmd) {
	return func(a App) (App, tea.Cmd) {
		a.mainScreen = do(a.mainScreen)
		return a, nil
	}
}

// focusOn returns the command that focuses a pane.
func focusOn(p paneID) func(App) (App, tea.Cmd) {
	return onMain(func(m mainScreen) mainScreen { return m.on(p).selectHolder() })
}

func nextPane(a App) (App, tea.Cmd)     { return focusOn((a.focus + 1) % 4)(a) }
func previousPane(a App) (App, tea.Cmd) { return focusOn((a.focus + 3) % 4)(a) }

// openDetail shows the selection's details. If they are focused already and the instance failed, it opens the form with
// the instance's order, so that the user can correct it.
func openDetail(a App) (App, tea.Cmd) {
	if i, ok := a.current(); ok && a.focus == paneDetail && i.Phase == model.PhaseFailed {
		return openFormLike(a)
	}
	a.focus, a.detail = paneDetail, a.detail.FromTop()
	return a, nil
}

// startFilter begins the input of the filter.
func startFilter(a App) (App, tea.Cmd) {
	a.mainScreen, a.typing = a.onList(), true
	a.filter = kit.NewLine(a.theme(), "/", a.list.Filter(), model.MaxLabel)
	return a, nil
}

// typeFilter passes a key to the filter. The rows change with each letter. Enter keeps the filter, Esc clears it.
func (a App) typeFilter(msg tea.Msg) (tea.Model, tea.Cmd) {
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
			return a.pressKey(press)
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

// markRow marks the selected instance and moves to the next one, so that adjacent rows can be marked quickly.
func markRow(a App) (App, tea.Cmd) {
	if i, some := a.list.Current(); some && a.home == paneList {
		a.list = a.list.MarkToggled(i.ID).Moved(1)
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

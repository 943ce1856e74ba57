package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/pane"
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
	return func(a App) (App, tea.Cmd) { return a.moved(by), nil }
}

// page moves by what the pane in focus shows.
func page(by int) func(App) (App, tea.Cmd) {
	return func(a App) (App, tea.Cmd) {
		rows := a.list.Fits()
		switch a.focus {
		case paneList:
		case paneGPUs:
			rows = a.gpus.Fits()
		case paneDetail, paneMessages:
			rows = a.layout.body - 1
		}
		return a.moved(by * max(rows, 1)), nil
	}
}

// moved moves the selection, or the text where there is none. Another selection has other details.
func (a App) moved(by int) App {
	switch a.focus {
	case paneGPUs:
		a.gpus = a.gpus.Moved(a.scene, by)
		a.detail = a.detail.FromTop()
		a = a.paired()
	case paneList:
		a.list = a.list.Moved(by)
		a.detail = a.detail.FromTop()
	case paneDetail:
		a.detail = a.detail.Moved(a.scene, a.subject(), a.traces, by)
	case paneMessages:
		a.messages = a.messages.Moved(a.scene, by, a.layout.left, a.layout.body)
	}
	return a
}

// holding is the instance that holds the selected GPU.
func (a App) holding() (model.Instance, bool) {
	d, ok := a.scene.Fleet.Device(a.gpus.Selected)
	if !ok {
		return model.Instance{}, false
	}
	id, err := model.ParseInstanceID(d.Holder.ID)
	if d.Holder.Kind != model.HeldByInstance || err != nil {
		return model.Instance{}, false
	}
	return a.scene.Fleet.Instance(id)
}

// subject is what the details are about.
func (a App) subject() pane.Subject {
	if a.home == paneGPUs {
		return pane.Subject{GPU: a.gpus.Selected}
	}
	return pane.Subject{Instance: a.list.Selected}
}

// current is the instance that is selected, or that holds the selected GPU.
func (a App) current() (model.Instance, bool) {
	if a.home == paneGPUs {
		return a.holding()
	}
	return a.list.Current()
}

// target is the one instance a popup is about, whatever is marked; false, with the reason noted, where there
// is none.
func (a App) target() (App, model.Instance, bool) {
	i, ok := a.current()
	switch {
	case ok:
		return a, i, true
	case a.home == paneGPUs:
		return a.noted("no instance of ours holds this GPU", true), i, false
	}
	return a.noted("no instance is selected", true), i, false
}

// targets are the instances an order goes to: the marked ones, else the current one.
func (a App) targets() (App, []model.Instance) {
	if marked := a.list.Marked(); a.home == paneList && len(marked) > 0 {
		return a, marked
	}
	a, i, ok := a.target()
	if !ok {
		return a, nil
	}
	return a, []model.Instance{i}
}

// focusOn gives the keys to a pane.
func focusOn(p paneID) func(App) (App, tea.Cmd) {
	return func(a App) (App, tea.Cmd) {
		a.focus = p
		if p == paneGPUs || p == paneList {
			a.home = p
		}
		return a.paired(), nil
	}
}

// paired selects in the list who holds the selected GPU, while orders go there.
func (a App) paired() App {
	if i, held := a.holding(); held && a.home == paneGPUs {
		a.list = a.list.On(i.ID)
	}
	return a
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

// goBack goes one step back; it never quits.
func goBack(a App) (App, tea.Cmd) {
	switch {
	case a.focus != a.home:
		a.focus = a.home
	case a.list.Filter() != "":
		a.list = a.list.Filtered(a.scene, "")
	default:
		a.list = a.list.Unmarked()
	}
	return a, nil
}

// startFilter lets the filter take the keys.
func startFilter(a App) (App, tea.Cmd) {
	a.focus, a.home, a.typing = paneList, paneList, true
	a.filter = kit.NewLine(a.theme(), "/", a.list.Filter(), model.MaxLabel)
	return a, nil
}

// typed takes a key for the filter: rows follow each letter. Enter keeps it, Esc drops it.
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
	a.filter = a.filter.Update(msg)
	a.list = a.list.Filtered(a.scene, strings.TrimSpace(a.filter.Value()))
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

func openHelp(a App) (App, tea.Cmd) {
	return a.open(newMenu(a.theme(), "Help", a.helpEntries()), nil), nil
}

func openPalette(a App) (App, tea.Cmd) {
	return a.open(newMenu(a.theme(), "Commands", a.paletteEntries()), nil), nil
}

package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// pressed gives a key to whoever has the keys: the overlay, the filter, else the key map.
func (a App) pressed(msg tea.KeyPressMsg) (tea.Model, tea.Cmd) {
	if a.overlay != nil {
		a.messages.quiet = a.messages.quiet || covers(a.overlay) // its footer comes back
		return a.toOverlay(asEscape(msg))
	}
	if a.typing {
		return a.typed(msg)
	}
	a.messages.quiet = true
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
		rows := a.list.fits()
		switch a.focus {
		case paneList:
		case paneGPUs:
			rows = a.gpus.h - 1
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
		a.gpus = a.gpus.moved(a.scene, by)
		a.detail.top = 0
		a = a.paired()
	case paneList:
		a.list = a.list.moved(by)
		a.detail.top = 0
	case paneDetail:
		a.detail = a.detail.moved(by, len(a.detail.lines(a.scene, a.subject(), a.traces)))
	case paneMessages:
		a.messages = a.messages.moved(a.scene, by, a.layout.left, a.layout.body)
	}
	return a
}

// holding is the instance that holds the selected GPU.
func (a App) holding() (model.Instance, bool) {
	d, ok := a.scene.fleet.Device(a.gpus.selected)
	if !ok {
		return model.Instance{}, false
	}
	id, err := model.ParseInstanceID(d.Holder.ID)
	if d.Holder.Kind != model.HeldByInstance || err != nil {
		return model.Instance{}, false
	}
	return a.scene.fleet.Instance(id)
}

// subject is what the details are about.
func (a App) subject() subject {
	if a.home == paneGPUs {
		return subject{gpu: a.gpus.selected}
	}
	return subject{instance: a.list.selected}
}

// current is the instance that is selected, or that holds the selected GPU.
func (a App) current() (model.Instance, bool) {
	if a.home == paneGPUs {
		return a.holding()
	}
	if len(a.list.rows) == 0 {
		return model.Instance{}, false
	}
	return a.list.rows[a.list.at()], true
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
	if marked := a.list.marked(); a.home == paneList && len(marked) > 0 {
		return a, marked
	}
	a, i, ok := a.target()
	if !ok {
		return a, nil
	}
	return a, []model.Instance{i}
}

// focusOn gives the keys to a pane.
func focusOn(p pane) func(App) (App, tea.Cmd) {
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
		a.list = a.list.on(i.ID)
	}
	return a
}

func (a App) nextPane() (App, tea.Cmd)     { return focusOn((a.focus + 1) % 4)(a) }
func (a App) previousPane() (App, tea.Cmd) { return focusOn((a.focus + 3) % 4)(a) }

// openDetail shows the details of the selection, whole. Once more, on an instance that failed, it brings the
// form back that made it: what to do next is to correct that.
func (a App) openDetail() (App, tea.Cmd) {
	if i, ok := a.current(); ok && a.focus == paneDetail && i.Phase == model.PhaseFailed {
		return a.openFormLike()
	}
	a.focus, a.detail.top = paneDetail, 0
	return a, nil
}

// back goes one step back; it never quits.
func (a App) back() (App, tea.Cmd) {
	switch {
	case a.focus != a.home:
		a.focus = a.home
	case a.list.filter != "":
		a.list.filter = ""
		a.list = a.list.seen(a.scene, false)
	default:
		a.list.marks = nil
	}
	return a, nil
}

// startFilter lets the filter take the keys.
func (a App) startFilter() (App, tea.Cmd) {
	a.focus, a.home, a.typing = paneList, paneList, true
	a.filter = newInput(a.theme(), "/")
	a.filter.SetWidth(max(min(24, a.w/3), 8))
	a.filter.SetValue(a.list.filter)
	a.filter.CursorEnd()
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
			a.typing, a.list.filter = false, ""
			a.list = a.list.seen(a.scene, false)
			return a, nil
		case "up", "down":
			a.typing = false
			return a.pressed(press)
		}
	}
	var cmd tea.Cmd
	a.filter, cmd = a.filter.Update(msg)
	a.list.filter = strings.TrimSpace(a.filter.Value())
	a.list = a.list.seen(a.scene, false)
	return a, cmd
}

func (a App) nextSort() (App, tea.Cmd) {
	a.list.order, a.list.reversed = (a.list.order+1)%len(orders), false
	a.list = a.list.seen(a.scene, false)
	return a, nil
}

func (a App) reverseSort() (App, tea.Cmd) {
	a.list.reversed = !a.list.reversed
	a.list = a.list.seen(a.scene, false)
	return a, nil
}

func (a App) toggleMine() (App, tea.Cmd) {
	a.list.mine = !a.list.mine
	a.list = a.list.seen(a.scene, false)
	return a, nil
}

// mark marks the selected instance and goes on to the next, so that a run of them is quickly marked.
func (a App) mark() (App, tea.Cmd) {
	if a.home != paneList || len(a.list.rows) == 0 {
		return a, nil
	}
	a.list = a.list.turned(a.list.selected).moved(1)
	return a, nil
}

func (a App) markAll() (App, tea.Cmd) {
	a.list = a.list.markedAll()
	return a, nil
}

func (a App) refresh() (App, tea.Cmd) {
	return a, a.order("looked at everything again", a.machine.Refresh)
}

func (a App) suspend() (App, tea.Cmd) { return a, tea.Suspend }

func (a App) quit() (App, tea.Cmd) { return a, tea.Quit }

func (a App) openHelp() (App, tea.Cmd) {
	return a.open(newMenu(a.theme(), "Help", a.helpEntries()), nil), nil
}

func (a App) openPalette() (App, tea.Cmd) {
	return a.open(newMenu(a.theme(), "Commands", a.paletteEntries()), nil), nil
}

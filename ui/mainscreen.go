package ui

import (
	"errors"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/pane"
	"berth/ui/theme"
)

// A mainScreen is the screen below every overlay: the panes, the focus and the selection.
type mainScreen struct {
	scene  pane.Scene
	w, h   int
	layout layout
	focus  paneID // the pane that gets the keys
	home   paneID // GPUs or instances, whichever had the focus last: orders are for its selection

	gpus      pane.GPUs
	list      pane.Instances
	living    pane.Living
	detail    pane.Detail
	messages  pane.Messages
	traces    pane.Traces
	following following

	typing bool     // the user types the filter
	filter kit.Line // the filter's input while typing is true
}

// theme returns the theme that everything is drawn with.
func (m mainScreen) theme() theme.Theme { return m.scene.Theme }

// withFleet shows a new fleet. While an overlay covers the list, its rows keep their order.
func (m mainScreen) withFleet(msg fleetMsg, covered bool) mainScreen {
	old := m.scene.Fleet
	m.scene.Fleet, m.scene.Now = msg.fleet, latest(m.scene.Now, msg.at)
	m.scene = m.scene.Indexed()
	m.traces = m.traces.WithFleet(old, m.scene)
	m.gpus = m.gpus.WithScene(m.scene)
	m.list = m.list.WithScene(m.scene, covered)
	return m.arranged()
}

// sized sets the screen's size to w × h cells.
func (m mainScreen) sized(w, h int) mainScreen {
	m.w, m.h = max(w, 1), max(h, 1)
	return m.arranged()
}

// arranged gives each pane its size from the layout.
func (m mainScreen) arranged() mainScreen {
	m.layout = arrange(m.w, m.h, content{
		devices: pane.GPULines(m.scene), beside: pane.LinesBeside(m.scene), instances: len(m.scene.Fleet.Instances), notices: len(pane.Notices(m.scene)),
	})
	m.gpus = m.gpus.Sized(m.layout.left, m.layout.gpus)
	m.list = m.list.Sized(m.layout.left, m.layout.list)
	m.living = m.living.Sized(m.w, m.layout.living)
	width := m.layout.detail
	if width == 0 {
		width = m.w
	}
	m.detail = m.detail.Sized(width, m.layout.body)
	return m
}

// onList focuses the list of instances.
func (m mainScreen) onList() mainScreen { return m.on(paneList) }

// on focuses a pane.
func (m mainScreen) on(p paneID) mainScreen {
	m.focus = p
	if p == paneGPUs || p == paneList {
		m.home = p
	}
	return m
}

// back undoes one step: it returns to the list, or clears the filter, or the marks. It never quits.
func (m mainScreen) back() mainScreen {
	switch {
	case m.focus != m.home:
		m.focus = m.home
	case m.list.Filter() != "":
		m.list = m.list.Filtered(m.scene, "")
	default:
		m.list = m.list.Unmarked()
	}
	return m
}

// page returns how many rows the focused pane shows.
func (m mainScreen) page() int {
	rows := m.list.Fits()
	switch m.focus {
	case paneList:
	case paneGPUs:
		rows = m.gpus.Fits()
	case paneDetail, paneMessages:
		rows = m.layout.body - 1
	}
	return max(rows, 1)
}

// moved moves the selection, or scrolls in a pane without one. For a new selection the details begin at the top.
func (m mainScreen) moved(by int) mainScreen {
	switch m.focus {
	case paneGPUs:
		m.gpus = m.gpus.Moved(m.scene, by)
		m.detail = m.detail.FromTop()
		m = m.selectHolder()
	case paneList:
		m.list = m.list.Moved(by)
		m.detail = m.detail.FromTop()
	case paneDetail:
		m.detail = m.detail.Moved(m.scene, m.subject(), m.traces, by)
	case paneMessages:
		m.messages = m.messages.Moved(m.scene, by, m.layout.left, m.layout.body)
	}
	return m
}

// selectHolder selects in the list the instance that holds the selected GPU, if the GPUs had the focus last.
func (m mainScreen) selectHolder() mainScreen {
	if i, held := m.holding(); held && m.home == paneGPUs {
		m.list = m.list.On(i.ID)
	}
	return m
}

// filtered passes a message to the filter's input and shows the rows that match.
func (m mainScreen) filtered(msg tea.Msg) mainScreen {
	m.filter = m.filter.Update(msg)
	m.list = m.list.Filtered(m.scene, strings.TrimSpace(m.filter.Value()))
	return m
}

// holding returns the instance that holds the selected GPU.
func (m mainScreen) holding() (model.Instance, bool) {
	d, ok := m.scene.Fleet.Device(m.gpus.Selected)
	if !ok {
		return model.Instance{}, false
	}
	if d.Holder.Kind != model.HeldByInstance {
		return model.Instance{}, false
	}
	return m.scene.Fleet.NamedBy(d.Holder.ID)
}

// subject returns what the details are about.
func (m mainScreen) subject() pane.Subject {
	if m.home == paneGPUs {
		return pane.Subject{GPU: m.gpus.Selected}
	}
	return pane.Subject{Instance: m.list.Selected}
}

// inLowerHalf returns what the lower half should show. It is empty if the lower half isn't visible.
func (m mainScreen) inLowerHalf(covered bool) pane.Subject {
	if covered || m.layout.living == 0 || m.focus != m.home {
		return pane.Subject{}
	}
	return m.subject()
}

// current returns the selected instance, or the one that holds the selected GPU.
func (m mainScreen) current() (model.Instance, bool) {
	if m.home == paneGPUs {
		return m.holding()
	}
	return m.list.Current()
}

// target returns the instance for a popup, ignoring marks, or an error if there is none.
func (m mainScreen) target() (model.Instance, error) {
	i, ok := m.current()
	switch {
	case ok:
		return i, nil
	case m.home == paneGPUs:
		return i, errors.New("no instance of ours holds this GPU")
	}
	return i, errors.New("no instance is selected")
}

// targets returns the instances that an order is for: the marked ones, otherwise the current one. Without an error
// there is at least one.
func (m mainScreen) targets() ([]model.Instance, error) {
	if marked := m.list.Marked(); m.home == paneList && len(marked) > 0 {
		return marked, nil
	}
	i, err := m.target()
	if err != nil {
		return nil, err
	}
	return []model.Instance{i}, nil
}

// possibleTargets returns the targets for which an action is possible, or the reason if there are none.
func (m mainScreen) possibleTargets(action model.Action) ([]model.Instance, error) {
	targets, err := m.targets()
	if err != nil {
		return nil, err
	}
	able := slices.DeleteFunc(targets, func(i model.Instance) bool {
		refusal := i.Can(action)
		if refusal != nil {
			err = refusal
		}
		return refusal != nil
	})
	if len(able) == 0 {
		return nil, err
	}
	return able, nil
}

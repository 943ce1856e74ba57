package ui

import (
	tea "charm.land/bubbletea/v2"
)

// wheeled scrolls the pane in focus.
func (a App) wheeled(msg tea.MouseWheelMsg) App {
	by := 1
	if msg.Button == tea.MouseWheelUp {
		by = -1
	}
	if a.overlay == nil {
		a = a.moved(by)
	}
	return a
}

// clicked gives the keys to the pane under the mouse and selects the row there.
func (a App) clicked(msg tea.MouseClickMsg) App {
	if a.overlay != nil || msg.Button != tea.MouseLeft {
		return a
	}
	y := msg.Y - 1 - a.layout.notices // below the header
	if a.layout.single {
		y--
	}
	switch {
	case msg.X >= a.layout.left:
		a.focus = paneDetail
	case a.layout.single && a.home == paneGPUs, !a.layout.single && y < a.layout.gpus:
		return a.clickedGPU(msg.X, y-1) // below the headings
	default:
		if !a.layout.single {
			y -= a.layout.gpus
		}
		a.focus, a.home = paneList, paneList
		if id, some := a.list.Under(y); some {
			a.list, a.detail = a.list.On(id), a.detail.FromTop()
		}
	}
	return a
}

// clickedGPU selects the GPU on a line of the pane.
func (a App) clickedGPU(x, line int) App {
	a.focus, a.home = paneGPUs, paneGPUs
	at := a.gpus.Under(a.scene, x, line)
	if line < 0 || at >= len(a.scene.Fleet.Devices) {
		return a
	}
	return a.moved(at - a.gpus.At(a.scene))
}

package ui

import (
	tea "charm.land/bubbletea/v2"
)

// wheeled scrolls the focused pane.
func (m mainScreen) wheeled(msg tea.MouseWheelMsg) mainScreen {
	by := 1
	if msg.Button == tea.MouseWheelUp {
		by = -1
	}
	return m.moved(by)
}

// clicked focuses the pane under the mouse and selects the row there.
func (m mainScreen) clicked(msg tea.MouseClickMsg) mainScreen {
	if msg.Button != tea.MouseLeft {
		return m
	}
	y := msg.Y - 1 - m.layout.notices // relative to the body, below header and notices
	if m.layout.single {
		y--
	}
	switch {
	case msg.X >= m.layout.left:
		m.focus = paneDetail
	case m.layout.living > 0 && y >= m.layout.gpus+m.layout.list:
		m.focus, m.detail = paneDetail, m.detail.FromTop()
	case m.layout.single && m.home == paneGPUs, !m.layout.single && y < m.layout.gpus:
		return m.clickedGPU(msg.X, y-1) // below the headings
	default:
		if !m.layout.single {
			y -= m.layout.gpus
		}
		m = m.onList()
		if id, some := m.list.RowAt(y); some {
			m.list, m.detail = m.list.On(id), m.detail.FromTop()
		}
	}
	return m
}

// clickedGPU selects the GPU on a line of the pane.
func (m mainScreen) clickedGPU(x, line int) mainScreen {
	m = m.on(paneGPUs)
	at := m.gpus.DeviceAt(m.scene, x, line)
	if line < 0 || at < 0 {
		return m
	}
	return m.moved(at - m.gpus.At(m.scene))
}

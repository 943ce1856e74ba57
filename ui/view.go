package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/ui/pane"
	"berth/ui/theme"
)

// View draws the screen: a pure function of the App.
func (a App) View() tea.View {
	v := tea.NewView(a.screen())
	v.AltScreen = true
	if a.options.Mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

// screen is exactly a.h lines of at most a.w cells: the header, the body and the footer. An overlay covers header and
// body, or all of them.
func (a App) screen() string {
	th := a.theme()
	lines := []string{pane.Header(a.scene, a.w)}
	for _, n := range pane.Notices(a.scene)[:a.layout.notices] {
		lines = append(lines, " "+th.Warn.Render("! "+th.Clip(n, a.w-4)))
	}
	if a.layout.single {
		lines = append(lines, a.tabs())
	}
	lines = append(lines, a.body()...)
	for len(lines) < a.h {
		lines = append(lines, "")
	}
	lines = strings.Split(a.over(strings.Join(lines[:a.h], "\n")), "\n")
	if a.h > 1 {
		footer := a.footer()
		copy(lines[a.h-len(footer):], footer)
	}
	for i, l := range lines {
		lines[i] = th.Clip(l, a.w)
	}
	return th.Fit(strings.Join(lines, "\n"))
}

// body is what stands between header and footer, m.layout.body lines at most.
func (m mainScreen) body() []string {
	if m.layout.detail == 0 {
		return m.main()
	}
	th := m.theme()
	left, right := m.main(), strings.Split(m.detail.View(m.scene, m.subject(), m.traces), "\n")
	lines := make([]string, m.layout.body)
	edge := th.Dim.Render(th.Vertical)
	for i := range lines {
		l, r := "", ""
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		lines[i] = th.Pad(l, m.layout.left) + edge + r
	}
	return lines
}

// main is the body without the details beside it.
func (m mainScreen) main() []string {
	var body string
	switch {
	case m.focus == paneMessages:
		return m.messages.View(m.scene, m.layout.left, m.layout.body)
	case m.focus == paneDetail && m.layout.detail == 0:
		body = m.detail.View(m.scene, m.subject(), m.traces)
	case m.layout.single && m.home == paneGPUs:
		body = m.gpus.View(m.scene, m.traces, true, 0)
	case m.layout.single:
		body = m.listView()
	default:
		lines := strings.Split(m.gpus.View(m.scene, m.traces, m.home == paneGPUs, m.list.Selected), "\n")
		for len(lines) < m.layout.gpus {
			lines = append(lines, "")
		}
		lines = append(lines[:m.layout.gpus], strings.Split(m.listView(), "\n")...)
		if m.layout.living == 0 {
			return lines
		}
		for len(lines) < m.layout.gpus+m.layout.list {
			lines = append(lines, "")
		}
		return append(lines, m.living.View(m.scene, m.following.shown, m.traces, m.following.outlook)...)
	}
	return strings.Split(body, "\n")
}

func (m mainScreen) listView() string {
	input := ""
	if m.typing {
		input = m.filter.View(m.theme(), max(min(24, m.w/3), 8)+2)
	}
	shown := m.list
	if _, some := m.current(); !some {
		shown.Selected = 0 // the selected GPU is held by no instance, so orders go to none of the list
	}
	return shown.View(m.scene, m.focus == paneList, input)
}

// tabs names the panes where one is shown at a time.
func (m mainScreen) tabs() string {
	th := m.theme()
	parts := make([]string, len(paneNames))
	for i, name := range paneNames {
		key := string(rune('1' + i))
		if paneID(i) == m.focus {
			parts[i] = th.Accent.Render(key) + " " + th.Strong.Render(name)
		} else {
			parts[i] = th.Dim.Render(key + " " + name)
		}
	}
	return " " + strings.Join(parts, "   ")
}

// footer is the last line or lines. It shows the newest message for a while, and after that the keys that matter here.
// While an overlay is open it is empty, because overlays show their own keys.
func (a App) footer() []string {
	if lines := a.messages.Current(a.scene, a.w-2); len(lines) > 0 {
		most := 1
		if a.overlay == nil || covers(a.overlay) {
			most = min(mostOfAMessage, max(a.h/4, 1))
		}
		return a.shortened(lines, most)
	}
	_, waits := a.overlay.(drafting)
	switch {
	case covers(a.overlay):
		return nil
	case a.overlay != nil && !waits:
		return []string{""}
	}
	return []string{" " + a.theme().Hints(a.w-1, a.hints()...)}
}

// mostOfAMessage is how many lines at the bottom a long message may take.
const mostOfAMessage = 4

// shortened is a message in so many lines, with the way to all of it where that isn't enough.
func (a App) shortened(lines []string, most int) []string {
	if len(lines) <= most {
		return lines
	}
	more := ""
	if b, ok := a.keys.named("messages"); ok && b.on.Enabled() && a.overlay == nil {
		more = "  " + a.theme().Hint(theme.Hint{Key: b.on.Keys()[0], Does: "all of it"})
	}
	last := lines[most-1] + a.theme().Ellipsis
	return append(lines[:most-1:most-1], a.theme().Clip(last, a.w-1-theme.Width(more))+more)
}

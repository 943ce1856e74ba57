package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/ui/pane"
	"berth/ui/theme"
)

// View draws the screen. It is a pure function of the App.
func (a App) View() tea.View {
	v := tea.NewView(a.screen())
	v.AltScreen = true
	if a.options.Mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

// screen returns exactly a.h lines of at most a.w cells: header, body and footer. An overlay covers header and body, or
// everything.
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

// body returns the part between header and footer, at most m.layout.body lines.
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

// main returns the body without the details on the right.
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
		shown.Selected = 0 // no instance holds the selected GPU, so orders are for none and the list shows no selection
	}
	return shown.View(m.scene, m.focus == paneList, input)
}

// tabs returns the line with the panes' names, for screens that show one pane at a time.
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

// footer returns the last line or lines. It shows the newest message for a while, then the keys that are useful now.
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

// mostOfAMessage is how many lines a long message may take at the bottom.
const mostOfAMessage = 4

// shortened cuts a message to a number of lines. If it was longer, it names the key that shows all of it.
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

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

// body is what stands between header and footer, a.layout.body lines at most.
func (a App) body() []string {
	if a.layout.detail == 0 {
		return a.main()
	}
	th := a.theme()
	left, right := a.main(), strings.Split(a.detail.View(a.scene, a.subject(), a.traces), "\n")
	lines := make([]string, a.layout.body)
	edge := th.Dim.Render(th.Vertical)
	for i := range lines {
		l, r := "", ""
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		lines[i] = th.Pad(l, a.layout.left) + edge + r
	}
	return lines
}

// main is the body without the details beside it.
func (a App) main() []string {
	var body string
	switch {
	case a.focus == paneMessages:
		return a.messages.View(a.scene, a.layout.left, a.layout.body)
	case a.focus == paneDetail && a.layout.detail == 0:
		body = a.detail.View(a.scene, a.subject(), a.traces)
	case a.layout.single && a.home == paneGPUs:
		body = a.gpus.View(a.scene, true, 0)
	case a.layout.single:
		body = a.listView()
	default:
		lines := strings.Split(a.gpus.View(a.scene, a.home == paneGPUs, a.list.Selected), "\n")
		for len(lines) < a.layout.gpus {
			lines = append(lines, "")
		}
		return append(lines[:a.layout.gpus], strings.Split(a.listView(), "\n")...)
	}
	return strings.Split(body, "\n")
}

func (a App) listView() string {
	input := ""
	if a.typing {
		input = a.filter.View(a.theme(), max(min(24, a.w/3), 8)+2)
	}
	shown := a.list
	if _, some := a.current(); !some {
		shown.Selected = 0 // the selected GPU is held by no instance, so orders go to none of the list
	}
	return shown.View(a.scene, a.focus == paneList, input)
}

// tabs names the panes where one is shown at a time.
func (a App) tabs() string {
	th := a.theme()
	parts := make([]string, len(paneNames))
	for i, name := range paneNames {
		key := string(rune('1' + i))
		if paneID(i) == a.focus {
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

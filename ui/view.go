package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
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

// screen is exactly a.h lines of at most a.w cells.
func (a App) screen() string {
	th := a.theme()
	lines := []string{header(a.scene, a.w)}
	for _, n := range notices(a.scene)[:a.layout.notices] {
		lines = append(lines, " "+th.Warn.Render("! "+th.Clip(n, a.w-4)))
	}
	if a.layout.single {
		lines = append(lines, a.tabs())
	}
	lines = append(lines, a.body()...)
	lines = lines[:min(len(lines), max(a.h-1, 1))]
	for len(lines) < a.h-1 {
		lines = append(lines, "")
	}
	if a.h > 1 {
		lines = append(lines, a.footer())
	}
	for i, l := range lines {
		lines[i] = th.Clip(l, a.w)
	}
	return th.Fit(a.over(strings.Join(lines, "\n")))
}

// body is what stands between header and footer, a.layout.body lines at most.
func (a App) body() []string {
	if a.layout.detail == 0 {
		return a.main()
	}
	th := a.theme()
	left, right := a.main(), strings.Split(a.detail.view(a.scene, a.subject(), a.traces), "\n")
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

// left_ is the body without the details beside it.
func (a App) main() []string {
	var body string
	switch {
	case a.focus == paneMessages:
		return a.messages.view(a.scene, a.layout.left, a.layout.body)
	case a.focus == paneDetail && a.layout.detail == 0:
		body = a.detail.view(a.scene, a.subject(), a.traces)
	case a.layout.single && a.home == paneGPUs:
		body = a.gpus.view(a.scene, true, 0)
	case a.layout.single:
		body = a.listView()
	default:
		lines := strings.Split(a.gpus.view(a.scene, a.home == paneGPUs, a.list.selected), "\n")
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
		input = a.filter.View()
	}
	return a.list.view(a.scene, a.focus == paneList, input)
}

// tabs names the panes where one is shown at a time.
func (a App) tabs() string {
	th := a.theme()
	parts := make([]string, len(paneNames))
	for i, name := range paneNames {
		key := string(rune('1' + i))
		if pane(i) == a.focus {
			parts[i] = th.Accent.Render(key) + " " + th.Strong.Render(name)
		} else {
			parts[i] = th.Dim.Render(key + " " + name)
		}
	}
	return " " + strings.Join(parts, "   ")
}

// footer is the last message for a while, else the keys that matter here; an overlay shows its own.
func (a App) footer() string {
	if current := a.messages.current(a.scene); current != "" {
		return " " + current
	}
	if a.overlay != nil {
		return ""
	}
	return " " + a.theme().Hints(a.w-2, a.hints()...)
}

// hints are the keys of the footer, taken from the key map, the most useful first.
func (a App) hints() []theme.Hint {
	if a.typing {
		return []theme.Hint{{Key: "Enter", Does: "keep"}, {Key: "Esc", Does: "clear"}}
	}
	var out []theme.Hint
	add := func(c Command, does string) {
		if b, ok := a.keys.named(c); ok && len(b.keys) > 0 {
			out = append(out, theme.Hint{Key: b.footer(a.theme()), Does: does})
		}
	}
	if a.focus != a.home {
		add("back", "back")
	} else {
		add("details", "details")
	}
	add("new", "new")
	if i, ok := a.current(); ok {
		add("ports", "ports")
		add("connect", "connect")
		add("shell", "shell")
		add("logs", "logs")
		add("start-stop", startOrStop(i))
		add("destroy", "destroy")
		add("copy", "copy ssh")
	}
	add("help", "help")
	return out
}

// startOrStop is what the key would do to an instance now.
func startOrStop(i model.Instance) string {
	if i.Phase.Settled() {
		return "start"
	}
	return "stop"
}

package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

type (
	// runMsg asks for a command that was chosen by name.
	runMsg struct{ command Command }
	// goMsg asks for an instance to be selected.
	goMsg struct{ id model.InstanceID }
	// sortMsg asks for the list to be sorted by a column.
	sortMsg struct{ column string }
	// settingMsg asks for a setting to be turned.
	settingMsg struct{ name string }
	// learnedMsg are entries that a menu learned of after it was opened.
	learnedMsg []entry
)

// A menu is a searchable list of things that can be read and run: the help, and the palette. Every letter narrows
// it, so only arrows move.
type menu struct {
	theme   theme.Theme
	title   string
	entries []entry
	shown   []entry // those that the search leaves
	input   kit.Line
	at      int
	rows    int  // that fit
	byName  bool // names stand first, as in the palette; else keys do
}

// An entry is one line of a menu.
type entry struct {
	group string // a heading over the first entry of each group
	key   string
	name  string // the command's word
	text  string
	msg   tea.Msg // what choosing it says; nil where it can only be read
}

func newMenu(th theme.Theme, title string, entries []entry) menu {
	return menu{theme: th, title: title, entries: entries, shown: entries, input: kit.NewLine(th, "/ ", "", model.MaxLabel)}
}

func (m menu) Update(msg tea.Msg) (overlay, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.rows = max(msg.Height-7, 3)
		return m, nil
	case learnedMsg:
		return m.learned(msg), nil
	case tea.KeyPressMsg:
		switch msg.String() {
		case "esc":
			return nil, nil
		case "enter":
			if len(m.shown) == 0 || m.shown[m.at].msg == nil {
				return m, nil
			}
			return nil, say(m.shown[m.at].msg)
		case "down", "ctrl+n":
			return m.moved(1), nil
		case "up", "ctrl+p":
			return m.moved(-1), nil
		case "pgdown":
			return m.moved(m.rows), nil
		case "pgup":
			return m.moved(-m.rows), nil
		}
	}
	before := m.input.Value()
	m.input = m.input.Update(msg)
	if m.input.Value() != before {
		m = m.searched()
	}
	return m, nil
}

func (m menu) moved(by int) menu {
	m.at = kit.Clamp(m.at+by, len(m.shown))
	return m
}

// learned is the menu with further entries below those of their group's. The selection stays on its entry.
func (m menu) learned(more []entry) menu {
	on := entry{}
	if m.at < len(m.shown) {
		on = m.shown[m.at]
	}
	m.entries = append(slices.Clone(m.entries), more...)
	slices.SortStableFunc(m.entries, func(a, b entry) int {
		return slices.Index(paletteGroups, a.group) - slices.Index(paletteGroups, b.group)
	})
	m = m.searched()
	m.at = max(slices.IndexFunc(m.shown, func(e entry) bool { return e.group == on.group && e.name == on.name }), 0)
	return m
}

// searched leaves the entries that hold each word of the search; those whose name begins with it come first. A
// habit's slash before the words is none of them; alone it is the key of that name.
func (m menu) searched() menu {
	words := kit.SearchFor(m.input.Value())
	if first := strings.TrimPrefix(strings.Join(words, " "), "/"); first != "" {
		words = kit.SearchFor(first)
	}
	m.at, m.shown = 0, nil
	var rest []entry
	for _, e := range m.entries {
		switch found := words.Finds(e.name, e.text, e.group, e.key); {
		case found && len(words) > 0 && strings.HasPrefix(strings.ToLower(e.name), words[0]):
			m.shown = append(m.shown, e)
		case found:
			rest = append(rest, e)
		}
	}
	m.shown = append(m.shown, rest...)
	return m
}

func (m menu) View(w, h int) string {
	th := m.theme
	w = min(w, 78)
	lines, at := m.lines(w - 4)
	foot := append(m.whole(w-4), m.hints(w-4))
	rows := max(h-5-len(foot), 1)
	body := []string{m.input.Whole(), ""}
	body = append(body, kit.Window(lines, kit.Centred(at, rows, len(lines)), rows)...)
	for len(body) < min(rows, m.mostLines())+2 {
		body = append(body, "")
	}
	body = append(body, foot...)
	return th.Frame(m.title, strings.Join(body, "\n"), w, min(len(body)+2, h))
}

// whole is what the selected line says, where that was cut.
func (m menu) whole(width int) []string {
	if len(m.shown) == 0 || theme.Width(m.line(m.shown[m.at], false, m.nameWidth(width))) <= width {
		return nil
	}
	whole := theme.Wrap(m.shown[m.at].text, width)
	for n := range whole {
		whole[n] = m.theme.Dim.Render(whole[n])
	}
	return whole
}

func (m menu) hints(width int) string {
	th := m.theme
	hints := []theme.Hint{{Key: th.Up + th.Down, Does: "move"}, {Key: "type", Does: "to search"}, {Key: "esc", Does: "close"}}
	if len(m.shown) > 0 && m.shown[m.at].msg != nil {
		hints = slices.Insert(hints, 0, theme.Hint{Key: "enter", Does: "run"})
	}
	return th.Hints(width, hints...)
}

// mostLines is how many lines the whole menu has, so that the frame has one size while searching.
func (m menu) mostLines() int {
	n, group := 0, ""
	for _, e := range m.entries {
		if e.group != group {
			n, group = n+1, e.group
		}
		n++
	}
	return n
}

// lines draws the entries with headings where groups begin, and says which line is selected.
func (m menu) lines(width int) (lines []string, at int) {
	th := m.theme
	if len(m.shown) == 0 {
		return []string{"  " + th.Dim.Render("nothing of that name")}, 0
	}
	group, searching, names := "", m.input.Value() != "", m.nameWidth(width)
	for i, e := range m.shown {
		if e.group != group && !searching {
			lines = append(lines, th.Dim.Render(e.group))
		}
		group = e.group
		if i == m.at {
			at = len(lines)
		}
		lines = append(lines, th.Clip(m.line(e, i == m.at, names), width))
	}
	return lines, at
}

// line draws an entry, however long it is, its name in a column of that width.
func (m menu) line(e entry, selected bool, names int) string {
	th := m.theme
	sign, text := "  ", e.text
	if selected {
		sign, text = th.Strong.Render(th.Selected)+" ", th.Strong.Render(text)
	}
	name := th.Pad(e.name, names)
	switch {
	case !m.byName:
		return sign + th.Accent.Render(th.Pad(e.key, 11)) + " " + name + " " + text
	case e.key != "":
		text += "  " + th.Accent.Render(e.key)
	}
	return sign + name + " " + text
}

// nameWidth is the column of the names: words that go into the config file are read whole.
func (m menu) nameWidth(width int) int {
	names := 14
	for _, e := range m.entries {
		names = min(max(names, theme.Width(e.name)), max(width/3, 14))
	}
	return names
}

func keyNames(th theme.Theme, keys []string) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = th.Key(key)
	}
	return strings.Join(names, " ")
}

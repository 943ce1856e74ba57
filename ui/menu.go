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
	// runMsg asks to run a command that was chosen by name.
	runMsg struct{ command Command }
	// goMsg asks to select an instance.
	goMsg struct{ id model.InstanceID }
	// sortMsg asks to sort the list by a column.
	sortMsg struct{ column string }
	// settingMsg asks to switch a setting.
	settingMsg struct{ name string }
	// learnedMsg has more entries for a menu that is already open.
	learnedMsg []entry
)

// A menu is a searchable list of entries to read and run: the help or the palette. Letters are for the search, so only
// the arrow keys and page keys move the selection.
type menu struct {
	theme   theme.Theme
	title   string
	entries []entry
	shown   []entry // the entries that match the search
	input   kit.Line
	at      int
	rows    int  // number of rows that fit
	byName  bool // the name comes first, as in the palette; otherwise the key does
}

// An entry is one line of a menu.
type entry struct {
	group string // shown as a heading above the group's first entry
	key   string
	name  string // the command's name
	text  string
	msg   tea.Msg // sent when the entry is chosen; nil if it can only be read
	term  bool    // the text explains the name, and the key is its sign
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
		return m.withEntries(msg), nil
	case tea.KeyPressMsg:
		switch msg.String() {
		case "esc":
			return nil, nil
		case "enter":
			if len(m.shown) == 0 || m.shown[m.at].msg == nil {
				return m, nil
			}
			return nil, emit(m.shown[m.at].msg)
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
		m = m.filter()
	}
	return m, nil
}

func (m menu) moved(by int) menu {
	m.at = kit.Clamp(m.at+by, len(m.shown))
	return m
}

// withEntries adds entries, each below the others of its group. The selection stays on its entry.
func (m menu) withEntries(more []entry) menu {
	on := entry{}
	if m.at < len(m.shown) {
		on = m.shown[m.at]
	}
	m.entries = append(slices.Clone(m.entries), more...)
	slices.SortStableFunc(m.entries, func(a, b entry) int {
		return slices.Index(paletteGroups, a.group) - slices.Index(paletteGroups, b.group)
	})
	m = m.filter()
	m.at = max(slices.IndexFunc(m.shown, func(e entry) bool { return e.group == on.group && e.name == on.name }), 0)
	return m
}

// filter shows the entries that contain each word of the search. Entries whose name begins with the first word come
// first. Users of other lists begin a search with a slash, so a slash before the words is ignored. A slash alone
// searches for the key /.
func (m menu) filter() menu {
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
	w = m.width(w)
	lines, at := m.lines(w - 4)
	foot := append(m.fullText(w-4), m.hints(w-4))
	rows := max(h-5-len(foot), 1)
	body := []string{m.input.ViewAll(), ""}
	body = append(body, kit.Window(lines, kit.Centred(at, rows, len(lines)), rows)...)
	for len(body) < min(rows, m.mostLines())+2 {
		body = append(body, "")
	}
	body = append(body, foot...)
	return th.Frame(m.title, strings.Join(body, "\n"), w, min(len(body)+2, h))
}

// width returns the frame's width on a screen of w cells: that of the longest entry, within limits. A search doesn't
// change it.
func (m menu) width(w int) int {
	const least, most = 78, 112
	longest := 0
	for _, e := range m.entries {
		longest = max(longest, theme.Width(m.line(e, false, m.nameWidth(w-4)))+4)
	}
	return min(w, max(longest, least), most)
}

// fullText returns the selected entry's full text if its line was cut.
func (m menu) fullText(width int) []string {
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

// mostLines returns how many lines the whole menu has, so that the frame keeps its size during a search.
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

// lines draws the entries with headings, and returns the number of the selected line.
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
		line := m.line(e, i == m.at, names)
		if width < wideMenu && !m.byName {
			line = m.narrow(e, i == m.at, width)
		}
		lines = append(lines, th.Clip(line, width))
	}
	return lines, at
}

// line draws an entry at its full length. names is the width of the name's column.
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

// wideMenu is the least width at which names have a column of their own in the help: beside it there is room for what
// each key does.
const wideMenu = 66

// narrow draws an entry of the help where there is little room: its name comes last, if it fits, except where it is what
// the text explains.
func (m menu) narrow(e entry, selected bool, width int) string {
	th := m.theme
	sign, text := "  ", e.text
	if selected {
		sign, text = th.Strong.Render(th.Selected)+" ", th.Strong.Render(text)
	}
	if e.term {
		return sign + th.Accent.Render(th.Pad(e.key, 1)) + " " + th.Pad(e.name, max(12, theme.Width(e.name))) + " " + text
	}
	line := sign + th.Accent.Render(th.Pad(e.key, 11)) + " " + text
	if room := width - theme.Width(line) - 2; room >= theme.Width(e.name) {
		line += "  " + th.Dim.Render(e.name)
	}
	return line
}

// nameWidth returns the width of the name's column. It fits the names as far as possible, because users copy them into
// the config file.
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

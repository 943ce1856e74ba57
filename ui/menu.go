package ui

import (
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
)

// A menu is a searchable list of things that can be run: the help, and the palette. Every letter narrows
// it, so only arrows move.
type menu struct {
	theme   theme.Theme
	title   string
	entries []entry
	shown   []entry // those that the search leaves
	input   kit.Line
	at      int
	rows    int // that fit
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
	rows := max(h-6, 1)
	lines, at := m.lines(w - 4)
	body := []string{m.input.Whole(), ""}
	body = append(body, kit.Window(lines, kit.Centred(at, rows, len(lines)), rows)...)
	for len(body) < min(rows, m.mostLines())+2 {
		body = append(body, "")
	}
	foot := th.Hints(w-4, theme.Hint{Key: "enter", Does: "run"}, theme.Hint{Key: th.Up + th.Down, Does: "move"},
		theme.Hint{Key: "type", Does: "to search"}, theme.Hint{Key: "esc", Does: "close"})
	return th.Frame(m.title, strings.Join(append(body, foot), "\n"), w, min(len(body)+3, h))
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
	names := 14
	for _, e := range m.entries { // words that go into the config file are read whole
		names = min(max(names, theme.Width(e.name)), max(width/3, 14))
	}
	group, searching := "", m.input.Value() != ""
	for i, e := range m.shown {
		if e.group != group && !searching {
			lines = append(lines, th.Dim.Render(e.group))
		}
		group = e.group
		sign, text := " ", e.text
		if i == m.at {
			sign, at = th.Accent.Render(th.Selected), len(lines)
			text = th.Strong.Render(text)
		}
		line := sign + " " + th.Accent.Render(th.Pad(e.key, 11)) + " " + th.Pad(e.name, names) + " " + text
		lines = append(lines, th.Clip(line, width))
	}
	return lines, at
}

// help is all bindings with all their keys, and those within overlays.
func (k keyMap) help(th theme.Theme, inner innerKeys) []entry {
	var out []entry
	for _, b := range k.bindings {
		out = append(out, entry{b.group, keyNames(th, b.on.Keys()), string(b.command), b.help, runMsg{b.command}})
	}
	return append(out, inner.entries(func(keys []string) string { return keyNames(th, keys) })...)
}

func keyNames(th theme.Theme, keys []string) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = th.Key(key)
	}
	return strings.Join(names, " ")
}

// palette is the commands by name, and every instance to go to.
func (k keyMap) palette(th theme.Theme, f model.Fleet) []entry {
	var out []entry
	for _, b := range k.bindings {
		if b.group != "Move" {
			out = append(out, entry{"Commands", b.shown(th), string(b.command), b.help, runMsg{b.command}})
		}
	}
	for _, i := range f.Instances {
		out = append(out, entry{"Instances", "", i.ID.String(), strings.TrimPrefix(theme.Text(i.Label)+" "+th.Dot+" "+i.Status(), " "+th.Dot+" "), goMsg{i.ID}})
	}
	return out
}

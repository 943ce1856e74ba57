package form

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/ui/kit"
	"berth/ui/theme"
)

// A row is one line of a list.
type row struct {
	group string // the heading that it is under
	cells []string
}

// A list is rows with a marker, under a heading where the group changes. Columns are as wide as their widest cell; the
// last one takes the rest. / searches for rows with the typed words. In a list that chooses, Space or Enter chooses the
// marked row; moving the marker over a row changes nothing.
type list struct {
	field
	rows    []row
	at      int // index of the marked row, among all rows
	chooses bool
	chosen  int    // among all rows
	empty   string // shown if there are no rows
	search  string
	typing  bool // the user types the search
}

func (l *list) update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok || len(l.rows) == 0 {
		return nil, false
	}
	if l.typing {
		return nil, l.typeSearch(k)
	}
	found := l.found()
	place := slices.Index(found, l.at)
	switch key := k.String(); {
	case key == "/":
		l.typing = true
		return nil, true
	case key == "esc" && l.search != "":
		l.search = ""
		return nil, true
	case len(found) == 0:
		return nil, false
	case l.chooses && (key == "space" || key == "enter" && l.undecided()):
		l.chosen = l.at
	case key == "home", key == "g":
		l.at = found[0]
	case key == "end", key == "G":
		l.at = found[len(found)-1]
	default:
		to := place + columnMove(k)
		if to == place || to < 0 || to >= len(found) {
			return nil, false
		}
		l.at = found[to]
	}
	return nil, true
}

// undecided reports whether a row is marked that isn't chosen.
func (l *list) undecided() bool { return l.chooses && len(l.rows) > 0 && l.at != l.chosen }

// typeSearch handles a key for the search, and marks the first row that matches. Enter and arrow keys keep the search;
// Enter also chooses the row.
func (l *list) typeSearch(k tea.KeyPressMsg) bool {
	switch name := k.String(); {
	case name == "esc":
		l.search, l.typing = "", false
	case name == "enter":
		l.typing = false
		if len(l.found()) > 0 {
			l.chosen = l.at
		}
	case name == "backspace" && l.search != "":
		runes := []rune(l.search)
		l.search = string(runes[:len(runes)-1])
	case name == "ctrl+u":
		l.search = ""
	case prints(k):
		l.search += k.Text
	default: // an arrow moves among the matches, Tab moves on
		l.typing = false
		_, taken := l.update(k)
		return taken
	}
	if found := l.found(); len(found) > 0 && !slices.Contains(found, l.at) {
		l.at = found[0]
	}
	return true
}

// found returns the indexes of the rows that have every word of the search.
func (l list) found() []int {
	search := kit.SearchFor(l.search)
	var found []int
	for i, r := range l.rows {
		if search.Finds(r.cells...) {
			found = append(found, i)
		}
	}
	return found
}

func (l *list) accepts() string { return "up and down mark, Enter chooses, / searches" }

func (l list) view(p pen) block {
	if len(l.rows) == 0 {
		return block{lines: wrapped(p.Dim, l.empty, p.width)}
	}
	var b block
	if l.typing || l.search != "" {
		b.lines = append(b.lines, l.searchLine(p))
	}
	found := l.found()
	if len(found) == 0 {
		b.lines = append(b.lines, p.Dim.Render("nothing of that name; Esc shows all"))
	}
	widths := l.widths(p.width - 2 - theme.Width(l.sign(p, 0)))
	group := ""
	for _, i := range found {
		r := l.rows[i]
		if r.group != group {
			group = r.group
			b.lines = append(b.lines, p.Dim.Render(p.Clip(group, p.width)))
		}
		if i == l.at {
			b.focus = len(b.lines)
		}
		b.lines = append(b.lines, p.mark(i == l.at)+l.sign(p, i)+r.drawn(p, widths, i == l.at))
	}
	return b
}

// sign draws before a row whether it is the chosen one.
func (l list) sign(p pen, i int) string {
	switch {
	case !l.chooses:
		return ""
	case i == l.chosen:
		return p.Open + " "
	}
	return "  "
}

// searchLine draws the search.
func (l list) searchLine(p pen) string {
	if l.typing {
		return p.Accent.Render("/") + p.typed([]rune(l.search), len([]rune(l.search)))
	}
	return p.Warn.Render(p.Clip("/"+theme.Text(l.search), p.width))
}

// drawn draws a row's cells in their columns. The first cell is the row's name.
func (r row) drawn(p pen, widths []int, selected bool) string {
	var parts []string
	for i, c := range r.cells {
		if widths[i] <= 0 {
			continue
		}
		c = p.Pad(theme.Text(c), widths[i])
		switch {
		case i > 0:
			c = p.Dim.Render(c)
		case selected:
			c = p.Strong.Render(c)
		}
		parts = append(parts, c)
	}
	return strings.Join(parts, "  ")
}

// widths divides the room among the columns. Each gets the width of its widest cell; the last one gets the rest, if
// that is enough to read. A column that doesn't fit whole is left out, with all columns after it, because a part of a
// word says nothing. Long names leave half of the room to the other columns.
func (l list) widths(room int) []int {
	const leastLast = 20
	need := l.widest()
	if n := len(need); n > 2 {
		behind := 0
		for _, w := range need[1 : n-1] {
			behind += 2 + w
		}
		if need[0]+behind > room {
			need[0] = min(need[0], max(room/2, room-behind))
		}
	}
	for i, n := range need {
		last := i == len(need)-1
		switch {
		case n <= room:
		case i == 0 || last && room >= leastLast:
			need[i] = max(room, 0)
		default:
			room = 0
			need[i] = 0
		}
		room -= need[i] + 2
	}
	return need
}

// widest returns the width of each column's widest cell.
func (l list) widest() []int {
	var need []int
	for _, r := range l.rows {
		for i, c := range r.cells {
			if i == len(need) {
				need = append(need, 0)
			}
			need[i] = max(need[i], theme.Width(theme.Text(c)))
		}
	}
	return need
}

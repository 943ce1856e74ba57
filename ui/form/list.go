package form

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/ui/theme"
)

// A row is one line of a list.
type row struct {
	group string // the heading it stands under
	cells []string
}

// A list is rows with one marked, under headings where the group changes. Its columns are as wide as their
// widest cell, the last one taking what is left.
type list struct {
	field
	rows  []row
	at    int
	empty string // said where there is no row
}

func (l *list) update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok || len(l.rows) == 0 {
		return nil, false
	}
	switch k.String() {
	case "home", "g":
		l.at = 0
	case "end", "G":
		l.at = len(l.rows) - 1
	default:
		to := l.at + alongside(k)
		if to == l.at || to < 0 || to >= len(l.rows) {
			return nil, false
		}
		l.at = to
	}
	return nil, true
}

func (l list) view(p pen) block {
	if len(l.rows) == 0 {
		return block{lines: wrapped(p.Dim, l.empty, p.width)}
	}
	var b block
	widths := l.widths(p.width - 2)
	group := ""
	for i, r := range l.rows {
		if r.group != group {
			group = r.group
			b.lines = append(b.lines, p.Dim.Render(p.Clip(group, p.width)))
		}
		line := r.drawn(p, widths, i == l.at)
		if i == l.at {
			b.focus = len(b.lines)
		}
		b.lines = append(b.lines, p.mark(i == l.at)+line)
	}
	return b
}

// drawn is a row's cells in their columns: the first one is its name, the others are read beside it.
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

// widths shares the room out: each column what its widest cell needs, the last one the rest. Columns that
// no longer fit are left out from the right.
func (l list) widths(room int) []int {
	var need []int
	for _, r := range l.rows {
		for i, c := range r.cells {
			if i == len(need) {
				need = append(need, 0)
			}
			need[i] = max(need[i], theme.Width(theme.Text(c)))
		}
	}
	for i := range need {
		need[i] = max(min(need[i], room), 0)
		room -= need[i] + 2
	}
	return need
}

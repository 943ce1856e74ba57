package popup

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"berth/ui/theme"
)

// An item is one entry of a list, or a heading, which can't be selected.
type item struct {
	kind string   // what sort of thing it is, where a list has several
	key  string   // its identity, which the selection follows; empty for a heading
	sign string   // before the name, styled, ending with a blank
	name string   // plain: it is drawn bold while selected
	rest string   // after the name, styled
	more []string // further rows of the same item, styled
	text string   // what is copied; empty where there is nothing to copy
	url  string   // where the name leads, for terminals that follow links
}

// heading is an entry that names those below it.
func heading(th theme.Theme, text string) item { return item{rest: th.Dim.Render(text)} }

// A list keeps one of several items selected and in sight. It follows the item and never the row: items
// may come and go above it. Its zero value has the first one selected.
type list struct {
	key string // of the selected item
	at  int    // where it stood, for when it is gone
	top int    // first row in sight
}

// index is where the selected item stands now; -1 where nothing can be selected.
func (l list) index(items []item) int {
	nearest := -1
	for i, it := range items {
		if it.key == "" {
			continue
		}
		if it.key == l.key {
			return i
		}
		if nearest < 0 || i <= l.at {
			nearest = i
		}
	}
	return nearest
}

// selected is the selected item; false where nothing can be selected.
func (l list) selected(items []item) (item, bool) {
	if i := l.index(items); i >= 0 {
		return items[i], true
	}
	return item{}, false
}

// move selects another item, that many further down, and stops at the ends.
func (l list) move(items []item, by int) list {
	at := l.index(items)
	if at < 0 {
		return l
	}
	step := 1
	if by < 0 {
		step, by = -1, -by
	}
	for i := at + step; i >= 0 && i < len(items) && by > 0; i += step {
		if items[i].key != "" {
			at, by = i, by-1
		}
	}
	l.at, l.key = at, items[at].key
	return l
}

// scrolled is the list with the selected item in sight, and the headings above the first one.
func (l list) scrolled(items []item, h int) list {
	first, last, total := 0, 0, 0
	at := l.index(items)
	for i, it := range items {
		if i == at {
			first, last = total, total+1+len(it.more)
		}
		total += 1 + len(it.more)
	}
	if l.move(items, -1).index(items) == at {
		first = 0
	}
	l.top = min(l.top, first)
	l.top = max(l.top, last-h)
	l.top = max(min(l.top, total-h), 0)
	return l
}

// draw returns the rows in sight, at most h of at most w cells, and how many rows are above and below.
func (l list) draw(th theme.Theme, items []item, w, h int) (rows []string, above, below int) {
	at, top := l.index(items), l.scrolled(items, h).top
	row := 0
	for i, it := range items {
		first, next := row, row+1+len(it.more)
		row = next
		if next <= top || first >= top+h {
			continue
		}
		drawn := it.rows(th, i == at, w)
		rows = append(rows, drawn[max(top-first, 0):min(len(drawn), top+h-first)]...)
	}
	return rows, top, max(row-top-h, 0)
}

// rows draws an item; the selected one has a marker and a bold name.
func (it item) rows(th theme.Theme, selected bool, w int) []string {
	style, marker := th.Plain, "  "
	if selected {
		style, marker = th.Strong, th.Accent.Render(th.Selected)+" "
	}
	if it.key == "" {
		marker = ""
	}
	name := style.Render(it.name)
	if it.url != "" && !th.ASCII {
		name = ansi.SetHyperlink(it.url) + name + ansi.ResetHyperlink()
	}
	rows := []string{th.Clip(marker+it.sign+name+it.rest, w)}
	for _, more := range it.more {
		rows = append(rows, th.Clip("  "+more, w))
	}
	return rows
}

// texts are all that can be copied, a line each.
func texts(items []item) string {
	var lines []string
	for _, it := range items {
		if it.text != "" {
			lines = append(lines, it.text)
		}
	}
	return strings.Join(lines, "\n")
}

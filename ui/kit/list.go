package kit

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"berth/ui/theme"
)

// An Item is one entry of a list, or a heading, which can't be selected.
type Item struct {
	Kind string   // the sort of entry, if a list has several
	Key  string   // identifies the entry for the selection; empty for a heading
	Sign string   // styled, before the name; ends with a blank
	Name string   // plain; drawn bold while selected
	Rest string   // styled, after the name
	More []string // further rows of the same entry, styled
	Text string   // the text to copy; empty: nothing to copy
	URL  string   // the link behind the name, for terminals that follow links
}

// Heading returns a heading for the entries below it.
func Heading(th theme.Theme, text string) Item { return Item{Rest: th.Dim.Render(text)} }

// A List is a selection among items and a scroll position. The selection stays on its item and not on a row, since
// items may come and go above it. The zero List selects the first item.
type List struct {
	Key string // of the selected item
	at  int    // the index it had, used when the item is gone
	top int    // first visible row
}

// index returns the index of the selected item, or -1 if nothing can be selected. If the item is gone, it is one near
// its last index.
func (l List) index(items []Item) int {
	nearest := -1
	for i, it := range items {
		if it.Key == "" {
			continue
		}
		if it.Key == l.Key {
			return i
		}
		if nearest < 0 || i <= l.at {
			nearest = i
		}
	}
	return nearest
}

// Selected returns the selected item, or false if nothing can be selected.
func (l List) Selected(items []Item) (Item, bool) {
	if i := l.index(items); i >= 0 {
		return items[i], true
	}
	return Item{}, false
}

// Move selects the item that many further down, or up if by is negative. It stops at the ends.
func (l List) Move(items []Item, by int) List {
	at := l.index(items)
	if at < 0 {
		return l
	}
	step := 1
	if by < 0 {
		step, by = -1, -by
	}
	for i := at + step; i >= 0 && i < len(items) && by > 0; i += step {
		if items[i].Key != "" {
			at, by = i, by-1
		}
	}
	l.at, l.Key = at, items[at].Key
	return l
}

// Scrolled returns the list scrolled so that the selected item is visible. With the first item, the headings above it
// are too.
func (l List) Scrolled(items []Item, h int) List {
	first, last, total := 0, 0, 0
	at := l.index(items)
	for i, it := range items {
		if i == at {
			first, last = total, total+1+len(it.More)
		}
		total += 1 + len(it.More)
	}
	if l.Move(items, -1).index(items) == at {
		first = 0
	}
	l.top = InSight(l.top, first, last, h, total)
	return l
}

// Draw returns the visible rows, at most h of at most w cells, and the number of rows above and below.
func (l List) Draw(th theme.Theme, items []Item, w, h int) (rows []string, above, below int) {
	at, top := l.index(items), l.Scrolled(items, h).top
	row := 0
	for i, it := range items {
		first, next := row, row+1+len(it.More)
		row = next
		if next <= top || first >= top+h {
			continue
		}
		drawn := it.rows(th, i == at, w)
		rows = append(rows, drawn[max(top-first, 0):min(len(drawn), top+h-first)]...)
	}
	return rows, top, max(row-top-h, 0)
}

// rows draws an item. The selected one has a marker and a bold name.
func (it Item) rows(th theme.Theme, selected bool, w int) []string {
	style, marker := th.Plain, "  "
	if selected {
		style, marker = th.Strong, th.Strong.Render(th.Selected)+" "
	}
	if it.Key == "" {
		marker = ""
	}
	name := style.Render(it.Name)
	if it.URL != "" && !th.ASCII {
		name = ansi.SetHyperlink(it.URL) + name + ansi.ResetHyperlink()
	}
	rows := []string{th.Clip(marker+it.Sign+name+it.Rest, w)}
	for _, more := range it.More {
		rows = append(rows, th.Clip("  "+more, w))
	}
	return rows
}

// Texts returns all texts that can be copied, one on each line.
func Texts(items []Item) string {
	var lines []string
	for _, it := range items {
		if it.Text != "" {
			lines = append(lines, it.Text)
		}
	}
	return strings.Join(lines, "\n")
}

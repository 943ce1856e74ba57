package pane

import (
	"strings"

	"berth/ui/theme"
)

// A column is one column of a table of T.
type column[T any] struct {
	title string
	// min is the width it always has, max what it may grow to where its contents ask for it.
	min, max int
	right    bool // figures stand at the right
	whole    bool // its contents are shown whole where there is room, before any other column is there
	fill     bool // takes what the others leave, such as a bar
	// rank says how soon it goes when there is no room: 0 never, the highest first.
	rank int
	cell func(row T, width int) string // styled already
}

// A table lays rows out in columns. Widths follow from the screen's width and from the contents of all
// rows, not only the visible ones, so that nothing moves while scrolling.
type table[T any] struct {
	theme   theme.Theme
	columns []column[T]
}

const gap = 2 // blank cells between columns

// fit drops the columns there is no room for and gives the others their widths.
func (t table[T]) fit(width int, rows []T) table[T] {
	highest := 0
	for _, c := range t.columns {
		highest = max(highest, c.rank)
	}
	t.grow(width-t.upTo(0).least(), rows, func(c column[T]) bool { return c.whole })
	kept := t.upTo(highest)
	for highest > 0 && kept.least() > width {
		highest--
		kept = t.upTo(highest)
	}
	for rank := range highest + 1 { // what never goes is read first
		kept.grow(width-kept.least(), rows, func(c column[T]) bool { return !c.fill && c.rank == rank })
	}
	kept.grow(width-kept.least(), rows, func(c column[T]) bool { return c.fill })
	return kept
}

// grow gives spare cells to some of the columns, as far as their contents ask.
func (t table[T]) grow(spare int, rows []T, which func(column[T]) bool) {
	for i, c := range t.columns {
		if spare <= 0 || !which(c) {
			continue
		}
		want := max(c.min, min(theme.Width(c.title), c.max))
		for r := 0; r < len(rows) && want < c.max; r++ {
			want = max(want, min(theme.Width(c.cell(rows[r], c.max)), c.max))
		}
		more := min(want-c.min, spare)
		t.columns[i].min += more
		spare -= more
	}
}

// upTo is the table without the columns of a higher rank.
func (t table[T]) upTo(rank int) table[T] {
	kept := make([]column[T], 0, len(t.columns))
	for _, c := range t.columns {
		if c.rank <= rank {
			kept = append(kept, c)
		}
	}
	t.columns = kept
	return t
}

// least is the width the columns take at least.
func (t table[T]) least() int {
	w := gap * (len(t.columns) - 1)
	for _, c := range t.columns {
		w += c.min
	}
	return w
}

// head is the line of titles.
func (t table[T]) head() string {
	return t.line(func(c column[T]) string { return t.theme.Dim.Render(t.theme.Clip(c.title, c.min)) })
}

// row is one row's line.
func (t table[T]) row(r T) string {
	return t.line(func(c column[T]) string { return c.cell(r, c.min) })
}

// line puts cells side by side. The last column isn't filled up: what follows it is blank anyway.
func (t table[T]) line(text func(column[T]) string) string {
	var b strings.Builder
	for i, c := range t.columns {
		if i > 0 {
			b.WriteString("  ")
		}
		switch {
		case c.right:
			b.WriteString(t.theme.PadLeft(text(c), c.min))
		case i == len(t.columns)-1:
			b.WriteString(t.theme.Clip(text(c), c.min))
		default:
			b.WriteString(t.theme.Pad(text(c), c.min))
		}
	}
	return b.String()
}

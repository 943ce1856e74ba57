package pane

import (
	"strings"

	"berth/ui/theme"
)

// A column is one column of a table of T.
type column[T any] struct {
	title string
	// min is the width it always has. It grows to good before any column grows beyond that, and then to max where
	// there is room to spare; 0: as the one before.
	min, good, max int
	right          bool // figures stand at the right
	whole          bool // it is as wide as its contents, up to max, where the columns that never go leave room for that
	fill           bool // takes what the others leave of their good widths, such as a trace
	// rank says how soon it goes when there is no room: 0 never, the highest first.
	rank int
	cell func(row T, width int) string // styled already
}

// A table lays rows out in columns. Widths follow from the screen's width alone, so that nothing moves while others
// give their instances labels; only numbers, which have no other place to be read, widen their column.
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
	t.widen(width-t.upTo(0).least(), rows)
	kept := t.upTo(highest)
	for highest > 0 && kept.least() > width {
		highest--
		kept = t.upTo(highest)
	}
	kept.grow(width-kept.least(), func(c column[T]) int { return c.good })
	kept.grow(width-kept.least(), func(c column[T]) int {
		if c.fill {
			return c.max
		}
		return 0
	})
	kept.grow(width-kept.least(), func(c column[T]) int { return c.max })
	return kept
}

// widen makes the columns that are to be whole as wide as their contents.
func (t table[T]) widen(spare int, rows []T) {
	for i, c := range t.columns {
		want := c.min
		for n := 0; c.whole && n < len(rows) && want < c.max; n++ {
			want = max(want, min(theme.Width(c.cell(rows[n], c.max)), c.max))
		}
		more := max(min(want-c.min, spare), 0)
		t.columns[i].min += more
		if c.whole {
			t.columns[i].max = c.min + more
		}
		spare -= more
	}
}

// grow gives spare cells to the columns, one cell to each in turn, up to a width of each.
func (t table[T]) grow(spare int, to func(column[T]) int) {
	for grown := true; grown && spare > 0; {
		grown = false
		for i := range t.columns {
			if c := &t.columns[i]; spare > 0 && c.min < to(*c) {
				c.min++
				spare--
				grown = true
			}
		}
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

package kit

import (
	"strings"

	"berth/ui/theme"
)

// A Column is one column of a table of T.
type Column[T any] struct {
	Title string
	// Min is the width it always has. It grows to Good before any column grows beyond that, and then to Max where
	// there is room to spare; 0: as the one before.
	Min, Good, Max int
	Right          bool // figures stand at the right
	Whole          bool // it is as wide as its contents, up to Max, where the columns that never go leave room for that
	Fill           bool // takes what the others leave of their good widths, such as a trace
	// Rank says how soon it goes when there is no room: 0 never, the highest first.
	Rank int
	Cell func(row T, width int) string // styled already
}

// A Table lays rows out in columns. Widths follow from the screen's width alone, so that nothing moves while others
// give their instances labels; only numbers, which have no other place to be read, widen their column.
type Table[T any] struct {
	Theme   theme.Theme
	Columns []Column[T]
}

const gap = 2 // blank cells between columns

// Fit drops the columns there is no room for and gives the others their widths.
func (t Table[T]) Fit(width int, rows []T) Table[T] {
	highest := 0
	for _, c := range t.Columns {
		highest = max(highest, c.Rank)
	}
	t.widen(width-t.upTo(0).least(), rows)
	kept := t.upTo(highest)
	for highest > 0 && kept.least() > width {
		highest--
		kept = t.upTo(highest)
	}
	kept.grow(width-kept.least(), func(c Column[T]) int { return c.Good })
	kept.grow(width-kept.least(), func(c Column[T]) int {
		if c.Fill {
			return c.Max
		}
		return 0
	})
	kept.grow(width-kept.least(), func(c Column[T]) int { return c.Max })
	return kept
}

// widen makes the columns that are to be whole as wide as their contents.
func (t Table[T]) widen(spare int, rows []T) {
	for i, c := range t.Columns {
		want := c.Min
		for n := 0; c.Whole && n < len(rows) && want < c.Max; n++ {
			want = max(want, min(theme.Width(c.Cell(rows[n], c.Max)), c.Max))
		}
		more := max(min(want-c.Min, spare), 0)
		t.Columns[i].Min += more
		if c.Whole {
			t.Columns[i].Max = c.Min + more
		}
		spare -= more
	}
}

// grow gives spare cells to the columns, one cell to each in turn, up to a width of each.
func (t Table[T]) grow(spare int, to func(Column[T]) int) {
	for grown := true; grown && spare > 0; {
		grown = false
		for i := range t.Columns {
			if c := &t.Columns[i]; spare > 0 && c.Min < to(*c) {
				c.Min++
				spare--
				grown = true
			}
		}
	}
}

// upTo is the table without the columns of a higher rank.
func (t Table[T]) upTo(rank int) Table[T] {
	kept := make([]Column[T], 0, len(t.Columns))
	for _, c := range t.Columns {
		if c.Rank <= rank {
			kept = append(kept, c)
		}
	}
	t.Columns = kept
	return t
}

// least is the width the columns take at least.
func (t Table[T]) least() int {
	w := gap * (len(t.Columns) - 1)
	for _, c := range t.Columns {
		w += c.Min
	}
	return w
}

// Head is the line of titles.
func (t Table[T]) Head() string {
	return t.line(func(c Column[T]) string { return t.Theme.Dim.Render(t.Theme.Clip(c.Title, c.Min)) })
}

// Row is one row's line.
func (t Table[T]) Row(r T) string {
	return t.line(func(c Column[T]) string { return c.Cell(r, c.Min) })
}

// line puts cells side by side. The last column isn't filled up: what follows it is blank anyway.
func (t Table[T]) line(text func(Column[T]) string) string {
	var b strings.Builder
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteString("  ")
		}
		switch {
		case c.Right:
			b.WriteString(t.Theme.PadLeft(text(c), c.Min))
		case i == len(t.Columns)-1:
			b.WriteString(t.Theme.Clip(text(c), c.Min))
		default:
			b.WriteString(t.Theme.Pad(text(c), c.Min))
		}
	}
	return b.String()
}

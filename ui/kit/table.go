package kit

import (
	"strings"

	"berth/ui/theme"
)

// A Column is one column of a table of T.
type Column[T any] struct {
	Title string
	// Min is the column's least width. Columns grow up to Good first, and up to Max if there is still room. 0 means no
	// growth.
	Min, Good, Max int
	Right          bool // numbers are aligned at the right
	Fit            bool // as wide as its contents, up to Max, if the columns of rank 0 leave room for that
	Fill           bool // it takes the room that is left when all have their good widths, such as a trace
	// Rank says which column is dropped first when there is no room: the highest. Rank 0 is never dropped.
	Rank int
	Cell func(row T, width int) string // returns styled text
}

// A Table lays rows out in columns. The widths depend only on the screen's width, so nothing moves when other users
// change the labels of their instances. Only columns with Fit, such as numbers that are shown nowhere else, grow with
// their contents.
type Table[T any] struct {
	Theme   theme.Theme
	Columns []Column[T]
}

const gap = 2 // blank cells between columns

// Fit drops the columns that don't fit and sets the widths of the others.
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

// widen makes columns with Fit as wide as their contents.
func (t Table[T]) widen(spare int, rows []T) {
	for i, c := range t.Columns {
		want := c.Min
		for n := 0; c.Fit && n < len(rows) && want < c.Max; n++ {
			want = max(want, min(theme.Width(c.Cell(rows[n], c.Max)), c.Max))
		}
		more := max(min(want-c.Min, spare), 0)
		t.Columns[i].Min += more
		if c.Fit {
			t.Columns[i].Max = c.Min + more
		}
		spare -= more
	}
}

// grow gives spare cells to the columns, one to each in turn, up to a width for each.
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

// upTo returns the table without the columns of a higher rank.
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

// least returns the least width of the columns together.
func (t Table[T]) least() int {
	w := gap * (len(t.Columns) - 1)
	for _, c := range t.Columns {
		w += c.Min
	}
	return w
}

// Head returns the line of titles.
func (t Table[T]) Head() string {
	return t.line(func(c Column[T]) string { return t.Theme.Dim.Render(t.Theme.Clip(c.Title, c.Min)) })
}

// Row returns the line of one row.
func (t Table[T]) Row(r T) string {
	return t.line(func(c Column[T]) string { return c.Cell(r, c.Min) })
}

// line joins cells to a line. The last column isn't padded.
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

package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// A col is a column of a table. What it leaves open, the contents decide: it is as wide as they are.
type col = kit.Column[[]string]

// cols are columns by their titles alone; the last one gives way where there is too little room.
func cols(titles ...string) []col {
	out := make([]col, len(titles))
	for n, title := range titles {
		out[n] = col{Title: title, Whole: n < len(titles)-1}
	}
	return out
}

// A table is rows of cells under a heading, for people; scripts have --json. The screen's own table draws it, so that it
// measures cells as a terminal does. On a terminal it is cut to its width; into a pipe or a file it goes whole.
type table struct {
	out   io.Writer
	theme theme.Theme
	width int  // of the terminal; 0 where it isn't cut
	prose bool // the last column is sentences, which go on below rather than being cut
	// headless leaves the heading out: it has been printed.
	headless bool
	columns  []col
	rows     [][]string
}

// spoken is the mark of a command line whose answers are read aloud: nothing is cut there.
const spoken = "spoken"

func newTable(c *cobra.Command, columns []col) *table {
	out := c.OutOrStdout()
	t := &table{out: out, theme: lettering(c), columns: columns}
	if f, is := raw(out).(*os.File); is && isTerminal(out) && c.Root().Annotations[spoken] == "" {
		t.width, _, _ = term.GetSize(f.Fd()) // 0 where it doesn't know: then nothing is cut
	}
	return t
}

// newSheet is a table of names and what there is to say of each. There are lines to copy among it, so nothing is cut.
func newSheet(c *cobra.Command) *table {
	t := newTable(c, cols("", ""))
	t.width = 0
	return t
}

// lettering is the theme that tables are drawn with: no colours, and plain signs where they are asked for, or where the
// terminal has no others. Files get what --ascii says alone, so that they don't depend on where they were written.
func lettering(c *cobra.Command) theme.Theme {
	ascii, _ := c.Flags().GetBool("ascii") // it is every command's
	o := theme.Options{Color: "never", ASCII: ascii, Env: os.Environ()}
	if !isTerminal(c.OutOrStdout()) {
		o.Env = []string{"LANG=C.UTF-8"}
	}
	th, _ := theme.New(o) // only a wrong colour is an error
	th.Dim = theme.Style{}
	return th
}

// row adds one line, whatever line ends its cells have: those would be rows that nobody wrote. Empty cells are shown as a
// dash.
func (t *table) row(cells ...any) {
	text := make([]string, len(cells))
	for i, c := range cells {
		if text[i] = theme.Text(fmt.Sprint(c)); text[i] == "" {
			text[i] = model.Unknown
		}
	}
	t.note(text...)
}

// note adds a line in which empty cells stay empty. A cell of several lines goes on below itself, with nothing before it.
func (t *table) note(cells ...string) {
	for more := true; more; {
		more = false
		line, rest := make([]string, len(cells)), make([]string, len(cells))
		for i, cell := range cells {
			first, after, found := strings.Cut(cell, "\n")
			line[i], rest[i] = t.theme.Fit(theme.Text(first)), after
			more = more || found
		}
		t.rows = append(t.rows, line)
		cells = rest
	}
}

// fitted is the table with its widths: those of the contents, as far as there is room.
func (t *table) fitted() kit.Table[[]string] {
	columns := slices.Clone(t.columns)
	for n := range columns {
		c := &columns[n]
		natural := theme.Width(c.Title)
		for _, row := range t.rows {
			natural = max(natural, theme.Width(cellOf(row, n)))
		}
		c.Cell = func(row []string, width int) string { return t.theme.Clip(cellOf(row, n), width) }
		c.Min = min(max(c.Min, theme.Width(c.Title)), natural)
		if c.Max == 0 || t.width == 0 {
			c.Max = natural
		}
		c.Good = min(max(c.Good, c.Min), c.Max)
	}
	width := t.width
	if width == 0 {
		for _, c := range columns {
			width += c.Max + len("  ")
		}
	}
	return kit.Table[[]string]{Theme: t.theme, Columns: columns}.Fit(width, t.rows)
}

// cellOf is a cell of a row that may be shorter than the table is wide.
func cellOf(row []string, n int) string {
	if n < len(row) {
		return row[n]
	}
	return ""
}

// line is a row's line, without blanks at its end.
func (t *table) line(text string) string {
	if t.width > 0 {
		text = t.theme.Clip(text, t.width)
	}
	return strings.TrimRight(text, " ")
}

// wrapped breaks the last column's sentences where the others leave room to read them.
func (t *table) wrapped() {
	const least = 30
	last, room := len(t.columns)-1, t.width
	for n, c := range t.columns[:last] {
		natural := theme.Width(c.Title)
		for _, row := range t.rows {
			natural = max(natural, theme.Width(cellOf(row, n)))
		}
		room -= natural + len("  ")
	}
	if !t.prose || room < least {
		return
	}
	rows := t.rows
	t.rows = nil
	for _, row := range rows {
		text := strings.Join(theme.Wrap(cellOf(row, last), room), "\n")
		t.note(append(slices.Clone(row[:last]), text)...)
	}
}

// lines are the table's, without line ends.
func (t *table) lines() []string {
	t.wrapped()
	k := t.fitted()
	var lines []string
	if !t.headless && slices.ContainsFunc(t.columns, func(c col) bool { return c.Title != "" }) {
		lines = append(lines, t.line(k.Head()))
	}
	for _, row := range t.rows {
		lines = append(lines, t.line(k.Row(row)))
	}
	return lines
}

// flush prints the table.
func (t *table) flush() error {
	for _, line := range t.lines() {
		if _, err := io.WriteString(t.out, line+"\n"); err != nil {
			return err
		}
	}
	return nil
}

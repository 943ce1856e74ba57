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

// A col is a column of a table. Widths that it doesn't set follow from the contents.
type col = kit.Column[[]string]

// cols makes columns from titles. If there is too little room, only the last column is cut.
func cols(titles ...string) []col {
	out := make([]col, len(titles))
	for n, title := range titles {
		out[n] = col{Title: title, Fit: n < len(titles)-1}
	}
	return out
}

// A table is rows of cells below a heading, for people; scripts use --json. It is drawn by the screen's own table,
// which measures the width of cells as a terminal does. On a terminal it is cut to the terminal's width; in a pipe or a
// file it isn't.
type table struct {
	out   io.Writer
	theme theme.Theme
	width int  // of the terminal, in cells; 0 if nothing is cut
	prose bool // the last column is sentences: they are wrapped, not cut
	// headless leaves the heading out, because it has been printed already.
	headless bool
	columns  []col
	rows     [][]string
}

// spoken is the annotation of a session whose output is read aloud: there nothing is cut.
const spoken = "spoken"

func newTable(c *cobra.Command, columns []col) *table {
	out := c.OutOrStdout()
	t := &table{out: out, theme: tableTheme(c), columns: columns}
	if f, is := raw(out).(*os.File); is && isTerminal(out) && c.Root().Annotations[spoken] == "" {
		t.width, _, _ = term.GetSize(f.Fd()) // 0 if the terminal doesn't tell: then nothing is cut
	}
	return t
}

// newSheet returns a table of names and texts. Some texts are lines to copy, so nothing is cut.
func newSheet(c *cobra.Command) *table {
	t := newTable(c, cols("", ""))
	t.width = 0
	return t
}

// tableTheme returns the theme for tables: without colours, and in ASCII if --ascii asks for it or if the terminal
// can't show more. For a file only --ascii counts, so that its content doesn't depend on the terminal it was written
// from.
func tableTheme(c *cobra.Command) theme.Theme {
	ascii, _ := c.Flags().GetBool("ascii") // every command has this flag
	o := theme.Options{Color: "never", ASCII: ascii, Env: os.Environ()}
	if !isTerminal(c.OutOrStdout()) {
		o.Env = []string{"LANG=C.UTF-8"}
	}
	th, _ := theme.New(o) // only a wrong colour word is an error
	th.Dim = theme.Style{}
	return th
}

// row adds one line. Line ends in cells are removed, because they would look like further rows. Empty cells are shown
// as a dash.
func (t *table) row(cells ...any) {
	text := make([]string, len(cells))
	for i, c := range cells {
		if text[i] = theme.Text(fmt.Sprint(c)); text[i] == "" {
			text[i] = model.Unknown
		}
	}
	t.note(text...)
}

// note adds a line in which empty cells stay empty. A cell of several lines continues below itself.
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

// fitted returns the table with its column widths set: those of the contents, as far as there is room.
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

// cellOf returns a cell of a row. The row may have fewer cells than the table has columns.
func cellOf(row []string, n int) string {
	if n < len(row) {
		return row[n]
	}
	return ""
}

// line returns a row's line without trailing blanks.
func (t *table) line(text string) string {
	if t.width > 0 {
		text = t.theme.Clip(text, t.width)
	}
	return strings.TrimRight(text, " ")
}

// wrapped wraps the sentences of the last column, if the other columns leave at least 30 cells.
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

// lines returns the table's lines without line ends.
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

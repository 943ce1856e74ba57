package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// The size of a cell and the margin around all cells, in the picture's units. A monospaced letter is about 0.6 times as
// wide as it is high.
const (
	fontSize   = 14.0
	cellWidth  = 8.4
	cellHeight = 18.0
	baseline   = 13.5 // of a cell's text, measured from the cell's top
	margin     = 14.0
)

// The colours: the sixteen of a dark terminal, chosen for contrast with the background.
const (
	background = "#0d1117"
	foreground = "#e6edf3"
)

var palette = [16]string{
	"#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4",
	"#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#ffffff",
}

// A row is the cells of one line.
type row []uv.Cell

// cellsOf copies the terminal's cells. Of consecutive blank lines it keeps one, and none at the end, so that the
// picture of a tall screen has no large empty part.
func cellsOf(e *vt.Emulator) []row {
	var rows []row
	for _, r := range allCells(e) {
		if len(rows) > 0 && r.blank() && rows[len(rows)-1].blank() {
			continue
		}
		rows = append(rows, r)
	}
	if n := len(rows); n > 0 && rows[n-1].blank() {
		rows = rows[:n-1]
	}
	return rows
}

// allCells copies all of the terminal's cells.
func allCells(e *vt.Emulator) []row {
	rows := make([]row, e.Height())
	for y := range rows {
		rows[y] = make(row, e.Width())
		for x := range rows[y] {
			rows[y][x] = uv.EmptyCell
			if c := e.CellAt(x, y); c != nil {
				rows[y][x] = *c
			}
			if x > 0 && rows[y][x].Width == 0 { // the second half of a wide character has no style of its own
				rows[y][x].Style = rows[y][x-1].Style
			}
		}
	}
	return rows
}

func (r row) blank() bool {
	for _, c := range r {
		if strings.TrimSpace(c.Content) != "" || c.Style.Attrs&uv.AttrReverse != 0 {
			return false
		}
	}
	return true
}

// draw draws cells as an SVG picture.
func draw(rows []row, title string) []byte {
	var b bytes.Buffer
	columns := 0
	for _, r := range rows {
		columns = max(columns, len(r))
	}
	begin(&b, columns, len(rows), title)
	for y, r := range rows {
		b.Write(r.drawn(y))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// begin writes the part before the cells: size, title and background.
func begin(b *bytes.Buffer, columns, lines int, title string) {
	w, h := float64(columns)*cellWidth+2*margin, float64(lines)*cellHeight+2*margin
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.1f %.1f" width="%.0f" height="%.0f" role="img" `+
		`font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace" font-size="%g">`+"\n",
		w, h, w, h, fontSize)
	fmt.Fprintf(b, "<title>%s</title>\n", escaped(title))
	fmt.Fprintf(b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", background)
}

// drawn returns the drawing of a line of cells; y is its number.
func (r row) drawn(y int) []byte {
	var b bytes.Buffer
	r.draw(&b, margin+float64(y)*cellHeight)
	return b.Bytes()
}

// draw draws one line of cells: first backgrounds, then block and line characters as shapes, then text in runs of one
// style.
func (r row) draw(b *bytes.Buffer, y float64) {
	for x := 0; x < len(r); {
		n := r.alike(x, func(c uv.Cell) bool { return c.Style.Attrs&uv.AttrReverse != 0 })
		if n > 0 {
			box{at(x), y, float64(n) * cellWidth, cellHeight}.draw(b, styleOf(r[x]).fill, "")
		}
		x += max(n, 1)
	}
	for x := 0; x < len(r); {
		content := r[x].Content
		switch shape, drawn := shapes[content]; {
		case drawn:
			n := r.alike(x, func(c uv.Cell) bool { return c.Content == content })
			shape(b, at(x), y, n, styleOf(r[x]))
			x += n
		case strings.TrimSpace(content) == "":
			x++
		default:
			n := r.run(x)
			r[x:x+n].text(b, at(x), y)
			x += n
		}
	}
}

// alike counts the cells from x on for which pass is true and that have the same style.
func (r row) alike(x int, pass func(uv.Cell) bool) int {
	n := 0
	for x+n < len(r) && pass(r[x+n]) && r[x+n].Style.Equal(&r[x].Style) {
		n++
	}
	return n
}

// run counts the cells from x on that are drawn as one text. Two blanks end the run. So does a character other than
// ASCII: fonts disagree on the width of such characters, so each is drawn at its own position.
func (r row) run(x int) int {
	latin := func(c uv.Cell) bool { return len(c.Content) == 1 }
	if !latin(r[x]) {
		return max(r[x].Width, 1)
	}
	n := r.alike(x, latin)
	if end := strings.Index(r[x:x+n].String(), "  "); end > 0 {
		n = end
	}
	return n
}

// String returns the text of the cells.
func (r row) String() string {
	var b strings.Builder
	for _, c := range r {
		b.WriteString(c.Content)
	}
	return b.String()
}

func (r row) text(b *bytes.Buffer, x, y float64) {
	text := strings.TrimRight(r.String(), " ")
	s := styleOf(r[0])
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f"`, x, y+baseline)
	if n := len(text); n > 1 { // in any font, the text is as wide as its cells
		fmt.Fprintf(b, ` textLength="%.1f" lengthAdjust="spacingAndGlyphs"`, float64(n)*cellWidth)
	}
	fmt.Fprintf(b, ` fill="%s"%s>%s</text>`+"\n", s.ink, s.more, escaped(text))
}

// at returns the x coordinate of a column.
func at(column int) float64 { return margin + float64(column)*cellWidth }

// A style is a cell's style in SVG terms.
type style struct {
	ink  string // colour of text and shapes
	fill string // colour of the background
	more string // more attributes of text
}

func styleOf(c uv.Cell) style {
	l := style{ink: hex(c.Style.Fg, foreground), fill: hex(c.Style.Bg, background)}
	attrs := c.Style.Attrs
	if attrs&uv.AttrReverse != 0 {
		l.ink, l.fill = l.fill, l.ink
	}
	if attrs&uv.AttrBold != 0 {
		l.more += ` font-weight="bold"`
	}
	if attrs&uv.AttrFaint != 0 {
		l.more += ` opacity="0.6"`
	}
	if c.Style.Underline != 0 {
		l.more += ` text-decoration="underline"`
	}
	return l
}

// hex returns the hex code of one of the sixteen colours; berth uses no others.
func hex(c color.Color, otherwise string) string {
	if basic, ok := c.(ansi.BasicColor); ok {
		return palette[basic%16]
	}
	return otherwise
}

func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // writing to a buffer never fails
	return b.String()
}

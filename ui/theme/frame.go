package theme

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Frame draws a box of w × h cells, borders included, with the title in its upper edge and the body
// inside: cut where it is longer or wider than the box, filled with blanks where it is shorter. One blank
// column stands between edge and body, so the body has w-4 × h-2 cells.
func (t Theme) Frame(title, body string, w, h int) string {
	if w < 4 || h < 2 {
		return ""
	}
	inner := w - 4
	lines := make([]string, 0, h)
	lines = append(lines, t.topEdge(title, w))
	rows := strings.Split(body, "\n")
	edge := t.Dim.Render(t.Vertical)
	for i := range h - 2 {
		row := ""
		if i < len(rows) {
			row = rows[i]
		}
		lines = append(lines, edge+" "+t.Pad(row, inner)+" "+edge)
	}
	bottom := t.BottomLeft + strings.Repeat(t.Horizontal, w-2) + t.BottomRight
	return strings.Join(append(lines, t.Dim.Render(bottom)), "\n")
}

// topEdge is the upper edge: ╭─ Title ───╮.
func (t Theme) topEdge(title string, w int) string {
	if title == "" || w < 8 {
		return t.Dim.Render(t.TopLeft + strings.Repeat(t.Horizontal, w-2) + t.TopRight)
	}
	title = t.Clip(title, w-6)
	rest := w - 5 - Width(title)
	return t.Dim.Render(t.TopLeft+t.Horizontal) + " " + t.Strong.Render(title) + " " +
		t.Dim.Render(strings.Repeat(t.Horizontal, rest)+t.TopRight)
}

// Over lays a box in the middle of a screen of w × h cells, over what is there.
func Over(screen, box string, w, h int) string {
	rows := strings.Split(box, "\n")
	bw := 0
	for _, r := range rows {
		bw = max(bw, Width(r))
	}
	x, y := max((w-bw)/2, 0), max((h-len(rows))/2, 0)
	lines := strings.Split(screen, "\n")
	for len(lines) < h {
		lines = append(lines, "")
	}
	for i, r := range rows {
		if y+i < len(lines) {
			lines[y+i] = splice(lines[y+i], r, x, bw)
		}
	}
	return strings.Join(lines, "\n")
}

// splice lays a piece of the given width over a line, from column x on. A wide character that is cut in
// half leaves a blank.
func splice(line, piece string, x, width int) string {
	left := ansi.TruncateWc(line, x, "")
	right, room := ansi.TruncateLeftWc(line, x+width, ""), Width(line)-x-width
	if Width(right) > room {
		right = ansi.TruncateLeftWc(line, x+width+1, "")
	}
	right = blanks(room-Width(right)) + right
	return left + blanks(x-Width(left)) + piece + blanks(width-Width(piece)) + right
}

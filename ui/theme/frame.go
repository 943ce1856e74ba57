package theme

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Frame draws a box of w × h cells, borders included, with the title in its top border and the body inside. The body is
// cut or filled with blanks to fit. A blank column separates border and body, so the body has w-4 × h-2 cells.
func (t Theme) Frame(title, body string, w, h int) string { return t.framed(t.Dim, title, body, w, h) }

// Danger is a Frame for actions that can't be undone.
func (t Theme) Danger(title, body string, w, h int) string { return t.framed(t.Bad, title, body, w, h) }

func (t Theme) framed(line Style, title, body string, w, h int) string {
	if w < 4 || h < 2 {
		return ""
	}
	inner := w - 4
	lines := make([]string, 0, h)
	lines = append(lines, t.topEdge(line, title, w))
	rows := strings.Split(body, "\n")
	edge := line.Render(t.Vertical)
	for i := range h - 2 {
		row := ""
		if i < len(rows) {
			row = rows[i]
		}
		lines = append(lines, edge+" "+t.Pad(row, inner)+" "+edge)
	}
	bottom := t.BottomLeft + strings.Repeat(t.Horizontal, w-2) + t.BottomRight
	return strings.Join(append(lines, line.Render(bottom)), "\n")
}

// topEdge returns the top border: ╭─ Title ───╮.
func (t Theme) topEdge(line Style, title string, w int) string {
	if title == "" || w < 8 {
		return line.Render(t.TopLeft + strings.Repeat(t.Horizontal, w-2) + t.TopRight)
	}
	title = t.Clip(title, w-6)
	rest := w - 5 - Width(title)
	return line.Render(t.TopLeft+t.Horizontal) + " " + t.Strong.Render(title) + " " +
		line.Render(strings.Repeat(t.Horizontal, rest)+t.TopRight)
}

// FillScreen cuts or fills a view to a screen of w × h cells, so that nothing below it is visible.
func (t Theme) FillScreen(view string, w, h int) string {
	rows := strings.Split(view, "\n")
	lines := make([]string, h)
	for n := range lines {
		if n < len(rows) {
			lines[n] = t.Clip(rows[n], w)
		}
	}
	return strings.Join(lines, "\n")
}

// Over draws a box in the middle of a screen of w × h cells, over the screen's content.
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

// splice puts a piece of the given width over a line, from column x on. A wide character that is cut in half becomes a
// blank.
func splice(line, piece string, x, width int) string {
	left := ansi.TruncateWc(line, x, "")
	right, room := ansi.TruncateLeftWc(line, x+width, ""), Width(line)-x-width
	if Width(right) > room {
		right = ansi.TruncateLeftWc(line, x+width+1, "")
	}
	right = blanks(room-Width(right)) + right
	return left + blanks(x-Width(left)) + piece + blanks(width-Width(piece)) + right
}

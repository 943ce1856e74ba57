package main

import (
	"bytes"
	"fmt"
)

// A shape draws n equal cells, beginning at x, y. Block and line characters are drawn as shapes and not as text: in a
// font they are only as high as its letters, so bars and frames would have gaps.
type shape func(b *bytes.Buffer, x, y float64, n int, l style)

var shapes = map[string]shape{
	"─": line(0, 0.5, 1, 0.5),
	"│": line(0.5, 0, 0.5, 1),
	"━": heavy(1),
	"╸": heavy(0.5),
	"╭": corner(1, 1),
	"╮": corner(1, 0),
	"╰": corner(0, 1),
	"╯": corner(0, 0),
}

func init() {
	for i, level := range []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"} {
		shapes[level] = fromBelow(float64(i+1) / 8)
	}
	for dots := range 256 {
		shapes[string(rune('\u2800'+dots))] = braille(dots)
	}
}

// A box is a filled rectangle.
type box struct{ x, y, w, h float64 }

func (r box) draw(b *bytes.Buffer, fill, more string) {
	fmt.Fprintf(b, `<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" fill="%s"%s/>`+"\n", r.x, r.y, r.w, r.h, fill, more)
}

// gap is the space between bars on neighbouring lines, as between lines in a terminal.
const gap = 2.0

func fromBelow(part float64) shape {
	const most = cellHeight - 2*gap
	return func(b *bytes.Buffer, x, y float64, n int, l style) {
		box{x, y + gap + (1-part)*most, float64(n) * cellWidth, part * most}.draw(b, l.ink, l.more)
	}
}

// heavy draws the filled part of a bar: a thick line through a part of each cell's width.
func heavy(part float64) shape {
	const thick = 3.0
	return func(b *bytes.Buffer, x, y float64, n int, l style) {
		box{x, y + (cellHeight-thick)/2, (float64(n) - 1 + part) * cellWidth, thick}.draw(b, l.ink, l.more)
	}
}

// braille draws the dots of a braille pattern as one path. The pattern has four rows of two dots, numbered as in
// Unicode.
func braille(dots int) shape {
	rows := [8][2]float64{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}}
	return func(b *bytes.Buffer, x, y float64, n int, l style) {
		path := ""
		for i := range n {
			for bit, at := range rows {
				if dots&(1<<bit) != 0 {
					path += fmt.Sprintf("M%.1f %.1fh0", x+(float64(i)+0.25+0.5*at[0])*cellWidth, y+(0.125+0.25*at[1])*cellHeight)
				}
			}
		}
		if path != "" {
			fmt.Fprintf(b, `<path d="%s" stroke="%s" stroke-width="2.6" stroke-linecap="round"%s/>`+"\n", path, l.ink, l.more)
		}
	}
}

// line draws a straight line through each cell. The coordinates are fractions of the cell's width and height.
func line(x1, y1, x2, y2 float64) shape {
	return func(b *bytes.Buffer, x, y float64, n int, l style) {
		if y1 == y2 { // one line through all cells
			stroke(b, fmt.Sprintf("M%.1f %.1fh%.1f", x, y+y1*cellHeight, float64(n)*cellWidth), l)
			return
		}
		for i := range n {
			left := x + float64(i)*cellWidth
			stroke(b, fmt.Sprintf("M%.1f %.1fL%.1f %.1f", left+x1*cellWidth, y+y1*cellHeight, left+x2*cellWidth, y+y2*cellHeight), l)
		}
	}
}

// corner draws a rounded corner. It goes from the middle of the cell's upper (0) or lower (1) edge to the middle of its
// left (0) or right (1) edge.
func corner(from, to float64) shape {
	return func(b *bytes.Buffer, x, y float64, _ int, l style) {
		stroke(b, fmt.Sprintf("M%.1f %.1fQ%.1f %.1f %.1f %.1f", x+cellWidth/2, y+from*cellHeight,
			x+cellWidth/2, y+cellHeight/2, x+to*cellWidth, y+cellHeight/2), l)
	}
}

func stroke(b *bytes.Buffer, path string, l style) {
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s"%s/>`+"\n", path, l.ink, l.more)
}

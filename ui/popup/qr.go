package popup

import (
	"strings"

	"rsc.io/qr"

	"berth/ui/theme"
)

// quietZone is the light border the standard asks for, in modules. Cameras read codes with one of a
// single module, which is what a small terminal has room for.
const quietZone = 4

// qrRows draws a text as a QR code in at most w × h cells, with the widest border that fits; false where
// it doesn't fit.
func qrRows(th theme.Theme, text string, w, h int) ([]string, bool) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return nil, false
	}
	draw := halfBlocks
	if th.ASCII {
		draw = doubled
	}
	for quiet := quietZone; quiet >= 1; quiet-- {
		rows := draw(modules(code, quiet, th.Dark))
		if len(rows) <= h && theme.Width(rows[0]) <= w {
			return rows, true
		}
	}
	return nil, false
}

// modules is the code with its border: true where a cell is inked. What is inked looks light on a dark
// terminal and dark on a light one.
func modules(code *qr.Code, quiet int, dark bool) [][]bool {
	n := code.Size + 2*quiet
	m := make([][]bool, n)
	for y := range m {
		m[y] = make([]bool, n)
		for x := range m[y] {
			m[y][x] = code.Black(x-quiet, y-quiet) != dark
		}
	}
	return m
}

// halfBlocks draws two modules a cell, one above the other: cells are about twice as high as wide.
func halfBlocks(m [][]bool) []string {
	signs := map[[2]bool]string{{true, true}: "█", {true, false}: "▀", {false, true}: "▄", {false, false}: " "}
	var rows []string
	for y := 0; y < len(m); y += 2 {
		var b strings.Builder
		for x := range m[y] {
			below := y+1 < len(m) && m[y+1][x]
			b.WriteString(signs[[2]bool{m[y][x], below}])
		}
		rows = append(rows, b.String())
	}
	return rows
}

// doubled draws a module as two cells beside each other.
func doubled(m [][]bool) []string {
	rows := make([]string, len(m))
	for y := range m {
		var b strings.Builder
		for _, inked := range m[y] {
			if inked {
				b.WriteString("##")
			} else {
				b.WriteString("  ")
			}
		}
		rows[y] = b.String()
	}
	return rows
}

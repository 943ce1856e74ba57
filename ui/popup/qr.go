package popup

import (
	"strings"

	"rsc.io/qr"

	"berth/ui/theme"
)

// quietZone is the light border of the QR standard, in modules. Cameras also read codes with a border of one module,
// which fits a small terminal.
const quietZone = 4

// qrRows draws a text as a QR code in at most w × h cells, with the widest border that fits. It returns false if none
// fits.
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

// modules returns the code with its border; true is a cell that is drawn. A drawn cell looks light on a dark terminal
// and dark on a light one.
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

// halfBlocks draws two modules in a cell, one above the other: a cell is about twice as high as wide.
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

// doubled draws a module as two cells side by side.
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

package theme

import (
	"math"
	"strings"
)

// Bar returns a horizontal bar of that many cells for 0 to 100 percent, in steps of half a cell. The rest of the bar is
// a thin line, so that a bar at zero differs from an unknown value. The bar is a thick line in the middle of its cells,
// so bars in rows below each other don't touch.
func (t Theme) Bar(style Style, width int, percent float64) string {
	if width <= 0 {
		return ""
	}
	halves := int(math.Round(clamp(percent) / 100 * float64(width*2)))
	if percent > 0 {
		halves = max(halves, 1)
	}
	full, cells := strings.Repeat(t.Full, halves/2), halves/2
	if halves%2 > 0 {
		full += t.Half
		cells++
	}
	return style.Render(full) + t.Dim.Render(strings.Repeat(t.Trough, width-cells))
}

// SplitBar is a bar of which the last part, idle percent of the whole, is drawn differently.
func (t Theme) SplitBar(style Style, width int, percent, idle float64) string {
	rest := int(math.Round(clamp(min(idle, percent)) / 100 * float64(width)))
	if idle > 0 {
		rest = max(rest, 1)
	}
	if rest == 0 || width <= 0 {
		return t.Bar(style, width, percent)
	}
	cells := int(math.Round(clamp(percent) / 100 * float64(width)))
	cells = max(cells, rest)
	return style.Render(strings.Repeat(t.Full, cells-rest)) + t.Warn.Render(strings.Repeat(t.Idle, rest)) +
		t.Dim.Render(strings.Repeat(t.Trough, width-cells))
}

// Level returns one cell that is filled from below, for 0 to 100 percent.
func (t Theme) Level(percent float64) string {
	return t.levels[max(int(math.Ceil(clamp(percent)/100*8))-1, 0)]
}

// Trace draws the newest values as levels in one line of that many cells, one value for each cell, the newest last.
// Values are 0 to 100; NaN is unknown and blank. The highest level leaves a gap above it, so that lines below each
// other don't touch. style returns the style of the nth value.
func (t Theme) Trace(width int, values []float64, style func(n int) Style) string {
	const highest = 7 // of eight levels
	p := painter{}
	for cell := range max(width, 0) {
		n := len(values) - width + cell
		if n < 0 || math.IsNaN(values[n]) {
			p.add(" ", p.style)
			continue
		}
		p.add(t.levels[int(math.Ceil(clamp(values[n])/100*(highest-1)))], style(n))
	}
	return p.String()
}

// A painter joins cells and writes the style once for each run of cells with the same style.
type painter struct {
	line, run strings.Builder
	style     Style
}

func (p *painter) add(cell string, s Style) {
	if s != p.style {
		p.flush()
		p.style = s
	}
	p.run.WriteString(cell)
}

func (p *painter) flush() {
	p.line.WriteString(p.style.Render(p.run.String()))
	p.run.Reset()
}

func (p *painter) String() string {
	p.flush()
	return p.line.String()
}

// Graph draws the newest values as dots in width × height cells, the newest last. It returns the lines, the top one
// first. Values are 0 to 100. Each cell has two values side by side. Zero is the lowest dot, so that it shows as a thin
// line. NaN is unknown and blank, like the time before the first value. style returns the style of the nth value; a
// cell has that of its newer value.
func (t Theme) Graph(width, height int, values []float64, style func(n int) Style) []string {
	lines := make([]string, height)
	for row := range lines {
		lines[row] = t.graphLine(width, height-1-row, height, values, style)
	}
	return lines
}

// graphLine returns one line of a graph, with that many lines below it.
func (t Theme) graphLine(width, above, height int, values []float64, style func(n int) Style) string {
	at := func(n int) float64 {
		if n < 0 || n >= len(values) {
			return math.NaN()
		}
		return values[n]
	}
	p := painter{}
	for cell := range max(width, 0) {
		n, s := len(values)-2*(width-cell), p.style
		drawn := t.dots(filled(at(n), above, height), filled(at(n+1), above, height))
		if drawn != " " {
			s = style(max(min(n+1, len(values)-1), 0))
		}
		p.add(drawn, s)
	}
	return p.String()
}

// filled returns how many of the four dots of a line a value fills. above is the number of lines below that one.
func filled(value float64, above, height int) int {
	if math.IsNaN(value) {
		return 0
	}
	dots := 1 + int(math.Ceil(clamp(value)/100*float64(4*height-1)))
	return min(max(dots-4*above, 0), 4)
}

// dots returns one cell with that many dots in its left and right half, counted from below.
func (t Theme) dots(left, right int) string {
	switch {
	case left == 0 && right == 0:
		return " "
	case t.ASCII:
		return t.levels[[5]int{0, 0, 2, 5, 7}[max(left, right)]]
	}
	// The dots of Unicode's braille patterns from below, for the left and right column.
	leftDots, rightDots := [5]rune{0, 0x40, 0x44, 0x46, 0x47}, [5]rune{0, 0x80, 0xa0, 0xb0, 0xb8}
	return string('\u2800' + leftDots[left] + rightDots[right])
}

// clamp limits a percentage to 0 to 100. NaN becomes 0.
func clamp(percent float64) float64 {
	if math.IsNaN(percent) {
		return 0
	}
	return math.Min(math.Max(percent, 0), 100)
}

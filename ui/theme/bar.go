package theme

import (
	"math"
	"strings"
)

// Bar is a horizontal bar of that many cells for 0 to 100, in steps of half a cell: a line in that style, and what is
// left of it a thin trough, so that a bar at rest can be told from a figure that is unknown. It is as high as a letter's
// middle: bars that stand one below the other don't run into one another.
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

// Level is one cell filled from below, for 0 to 100.
func (t Theme) Level(percent float64) string {
	return t.levels[max(int(math.Ceil(clamp(percent)/100*8))-1, 0)]
}

// Trace draws the newest values, each 0 to 100 and the newest last, as levels in a line of that many cells, a value a
// cell. The highest level leaves a gap above it, so that lines that stand one below the other don't run into one
// another; else it is as Graph.
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

// A painter joins cells of one style, so that each run of them is styled once.
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

// Graph draws the newest values, each 0 to 100 and the newest last, as dots in width × height cells, the top line
// first. Two values stand side by side in a cell. Nothing is still the lowest dot, a thin trough; a value that isn't a
// number was unknown, and is blank as the time before there were values is. style is that of the nth value; of the two
// in a cell the newer one's counts.
func (t Theme) Graph(width, height int, values []float64, style func(n int) Style) []string {
	lines := make([]string, height)
	for row := range lines {
		lines[row] = t.graphLine(width, height-1-row, height, values, style)
	}
	return lines
}

// graphLine is one line of a graph, above that many others.
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

// filled is how many of a line's four dots a value fills; the line has that many others below it.
func filled(value float64, above, height int) int {
	if math.IsNaN(value) {
		return 0
	}
	dots := 1 + int(math.Ceil(clamp(value)/100*float64(4*height-1)))
	return min(max(dots-4*above, 0), 4)
}

// dots is one cell with so many dots in its left half, and in its right half, from below.
func (t Theme) dots(left, right int) string {
	switch {
	case left == 0 && right == 0:
		return " "
	case t.ASCII:
		return t.levels[[5]int{0, 0, 2, 5, 7}[max(left, right)]]
	}
	// The dots of Unicode's braille patterns from below, for the two columns.
	leftDots, rightDots := [5]rune{0, 0x40, 0x44, 0x46, 0x47}, [5]rune{0, 0x80, 0xa0, 0xb0, 0xb8}
	return string('\u2800' + leftDots[left] + rightDots[right])
}

// clamp is a percentage cut to what a bar can show.
func clamp(percent float64) float64 {
	if math.IsNaN(percent) {
		return 0
	}
	return math.Min(math.Max(percent, 0), 100)
}

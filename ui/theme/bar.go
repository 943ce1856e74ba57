package theme

import (
	"math"
	"strings"
)

// Bar is a horizontal bar of that many cells for 0 to 100, in steps of an eighth of a cell. Nothing is
// still drawn as the thinnest line, so that a bar at rest can be told from a figure that is unknown.
func (t Theme) Bar(width int, percent float64) string {
	if width <= 0 {
		return ""
	}
	steps := int(math.Round(clamp(percent) / 100 * float64(width*8)))
	full, rest := steps/8, steps%8
	bar := strings.Repeat(t.eighths[7], full)
	cells := full
	if rest > 0 || full == 0 {
		bar += t.eighths[max(rest-1, 0)]
		cells++
	}
	return bar + strings.Repeat(" ", width-cells)
}

// Level is one cell filled from below, for 0 to 100.
func (t Theme) Level(percent float64) string {
	return t.levels[max(int(math.Ceil(clamp(percent)/100*8))-1, 0)]
}

// Trace draws the newest values, each 0 to 100 and the newest last, as levels in that many cells. Older
// moments than there are values stay blank; a value that isn't a number was unknown.
func (t Theme) Trace(width int, values []float64) string {
	return t.Graph(width, 1, values)[0]
}

// Graph is a Trace several lines high, the top line first.
func (t Theme) Graph(width, height int, values []float64) []string {
	values = values[max(len(values)-max(width, 0), 0):]
	lines := make([]string, height)
	for row := range lines {
		var b strings.Builder
		b.WriteString(blanks(width - len(values)))
		floor := float64(height-1-row) * 100 / float64(height) // what lies below this line
		for _, v := range values {
			b.WriteString(t.column((clamp(v)-floor)*float64(height), row == height-1, math.IsNaN(v)))
		}
		lines[row] = b.String()
	}
	return lines
}

// column is one cell of a graph. At rest the lowest line still shows that there was a value.
func (t Theme) column(percent float64, lowest, unknown bool) string {
	if unknown || percent <= 0 && !lowest {
		return " "
	}
	return t.Level(percent)
}

// clamp is a percentage cut to what a bar can show.
func clamp(percent float64) float64 {
	if math.IsNaN(percent) {
		return 0
	}
	return math.Min(math.Max(percent, 0), 100)
}

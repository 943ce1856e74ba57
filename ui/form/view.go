package form

import (
	"fmt"
	"strings"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// Sizes at which the form's layout changes.
const (
	threeColumns = 104 // what the order gets is on the right
	twoColumns   = 72  // the rail is on the left
	railWidth    = 17
)

// View draws the form in exactly h lines of at most w cells.
func (f Form) View(w, h int) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	p := pen{Theme: f.th, width: w - 1}
	lines := append([]string{f.header(p)}, f.body(p, h-2)...)
	lines = append(filled(lines, h-1), p.Hints(p.width, f.hints()...))
	screen := margin(filled(lines, h))
	switch {
	case f.asked.open():
		screen = theme.Over(screen, f.asked.view(p, w), w, h)
	case f.help:
		screen = theme.Over(screen, f.helpBox(p, w, h), w, h)
	}
	return clipped(p, screen, w, h)
}

// margin indents lines by one cell, like everything on the main screen.
func margin(lines []string) string {
	return " " + strings.Join(lines, "\n ")
}

// filled cuts or pads lines to exactly n.
func filled(lines []string, n int) []string {
	for len(lines) < n {
		lines = append(lines, "")
	}
	return lines[:max(n, 0)]
}

// clipped cuts what doesn't fit. At the sizes in use that is nothing.
func clipped(p pen, screen string, w, h int) string {
	lines := filled(strings.Split(screen, "\n"), h)
	for i := range lines {
		lines[i] = p.Clip(lines[i], w)
	}
	return strings.Join(lines, "\n")
}

// header says what is being made, and what the machine has left for it.
func (f Form) header(p pen) string {
	title := "New instance"
	if f.template != nil {
		title = "Template"
	}
	o := f.order
	if o.Name != "" {
		title += " " + p.Dot + " " + theme.Text(o.Name)
	}
	if f.waiting {
		title += " " + p.Dot + " asked for " + p.Ellipsis
	}
	left := p.Strong.Render(p.Clip(title, p.width-1))
	right := p.Dim.Render(f.offer(p))
	if gap := p.width - 1 - theme.Width(left) - theme.Width(right); gap > 1 {
		return left + strings.Repeat(" ", gap) + right
	}
	return left
}

// offer says what the machine has left.
func (d draft) offer(p pen) string {
	c := d.in.Capacity
	var parts []string
	if units := c.Units(); len(units) > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d GPUs free", freeOf(units), len(units)))
	}
	if left, known := c.Host.DiskLeft().Get(); known {
		parts = append(parts, left.String()+" disk left")
	}
	return strings.Join(parts, " "+p.Dot+" ")
}

// body draws everything between header and footer, in the layout that fits.
func (f Form) body(p pen, h int) []string {
	switch {
	case p.width >= threeColumns:
		right := min(max(p.width*2/5, 40), 60)
		mid := p.width - railWidth - right - 6
		return sideBySide(p, h, []column{
			{railWidth, f.railColumn(p)},
			{mid, f.middle(mid, h)},
			{right, summary{f.draft}.column(right, h)},
		})
	case p.width >= twoColumns && h >= 14:
		below := summary{f.draft}.below(p, h/3)
		mid, top := p.width-railWidth-3, h-len(below)
		lines := sideBySide(p, top, []column{{railWidth, f.railColumn(p)}, {mid, f.middle(mid, top)}})
		return append(lines, below...)
	}
	below := summary{f.draft}.below(p, h/4)
	top := h - 1 - len(below)
	lines := append([]string{f.railLine(p)}, filled(f.middle(p.width, top), top)...)
	return append(lines, below...)
}

// middle draws the current step in w × h cells, airy if that fits.
func (d draft) middle(w, h int) []string {
	p := pen{Theme: d.th, width: w}
	if airy := d.drawn(w, true); len(airy.lines) <= h {
		return airy.lines
	}
	return p.window(d.drawn(w, false), h)
}

// A column is lines to be drawn beside others.
type column struct {
	width int
	lines []string
}

// sideBySide draws columns with a vertical line between them.
func sideBySide(p pen, h int, columns []column) []string {
	rows := make([]string, max(h, 0))
	for i := range rows {
		cells := make([]string, len(columns))
		for c, col := range columns {
			cell := ""
			if i < len(col.lines) {
				cell = col.lines[i]
			}
			cells[c] = p.Pad(cell, col.width)
		}
		rows[i] = strings.TrimRight(strings.Join(cells, " "+p.Dim.Render(p.Vertical)+" "), " ")
	}
	return rows
}

// railColumn draws the steps as a column, each with its sign on the right.
func (d draft) railColumn(p pen) []string {
	lines := make([]string, stepCount)
	for id := range stepCount {
		marker, name := " ", p.Pad(fmt.Sprintf("%d %s", id+1, rail[id].name), railWidth-4)
		if id == d.at {
			marker, name = p.Strong.Render(p.Selected), p.Strong.Render(name)
		}
		lines[id] = marker + " " + name + " " + d.stepSign(p, id)
	}
	return lines
}

// stepSign returns a sign if a step has a fault or was visited.
func (d draft) stepSign(p pen, id stepID) string {
	switch {
	case d.faulty(id):
		return p.Bad.Render(p.No)
	case d.seen[id] && id != d.at:
		return p.Good.Render(p.Yes)
	}
	return " "
}

// faulty reports whether a step has a fault.
func (d draft) faulty(id stepID) bool {
	for _, fault := range d.wrong() {
		if stepOf(fault.Field) == id {
			return true
		}
	}
	return false
}

// railLine draws the steps on one line: their numbers, and the current step's name.
func (d draft) railLine(p pen) string {
	parts := make([]string, stepCount)
	for id := range stepCount {
		sign := strings.TrimSpace(d.stepSign(p, id))
		parts[id] = p.Dim.Render(fmt.Sprint(id+1)) + sign
		if id == d.at {
			parts[id] = p.Strong.Render(p.Selected) + p.Strong.Render(fmt.Sprintf("%d %s", id+1, rail[id].name)) + sign
		}
	}
	return strings.Join(parts, " ")
}

// hints returns the keys for the last line, most useful first.
func (f Form) hints() []theme.Hint {
	next, cancel := kit.Hint(f.keys.Next), kit.Hint(f.keys.Cancel)
	if f.undecided() {
		next.Does = "choose"
	}
	hints := []theme.Hint{next, kit.Hint(f.keys.NextField)}
	switch {
	case f.at == stepOnStart && f.pages.onstart.script.writing:
		next.Does, cancel.Does = "new line", "done"
		hints = []theme.Hint{cancel, kit.Hint(f.keys.Editor), next, kit.Hint(f.keys.Review)}
	case f.at == stepOnStart:
		hints = append(hints, kit.Hint(f.keys.Editor), kit.Hint(f.keys.Review), cancel)
	case f.at == stepReview:
		hints[0].Does = f.ending()
		if f.focus[stepReview] == runInput {
			hints = append(hints, theme.Hint{Key: "y", Does: "copy"})
		}
		hints = append(hints, cancel)
	default:
		hints = append(hints, kit.Hint(f.keys.Review), cancel)
	}
	return append(hints, f.jumpHint(), kit.Hint(f.keys.Help))
}

// undecided reports whether the focused field has a marked option that isn't chosen: then Enter chooses it.
func (d draft) undecided() bool {
	in, ok := d.pages.all()[d.at].inputs()[d.focus[d.at]].(interface{ undecided() bool })
	return ok && in.undecided()
}

// jumpHint combines all jumps into one hint: alt-1…7.
func (f Form) jumpHint() theme.Hint {
	first, last := f.th.Key(f.keys.Jump[0].Help().Key), f.th.Key(f.keys.Jump[stepCount-1].Help().Key)
	if n := len(first) - 1; n > 0 && len(last) > n && last[:n] == first[:n] {
		last = last[n:]
	}
	dots := "…"
	if f.th.ASCII {
		dots = ".."
	}
	return theme.Hint{Key: first + dots + last, Does: "step"}
}

// ending says what Enter does on the review.
func (d draft) ending() string {
	switch {
	case d.savesTemplate():
		return "keep as a template"
	case len(d.faults) > 0:
		return "to the first fault"
	case d.template != nil:
		return "save"
	}
	return "launch"
}

// faultCount formats a number of faults.
func faultCount(faults model.Faults) string {
	if len(faults) == 1 {
		return "1 fault"
	}
	return fmt.Sprintf("%d faults", len(faults))
}

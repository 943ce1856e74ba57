package pane

import (
	"fmt"
	"strings"

	"berth/model"
	"berth/ui/theme"
)

// Living is the lower half of a screen that has room for it: what is selected, live and without a key. At the left
// stands what it is and how to get in, at the right its last ten minutes, below what it writes.
type Living struct{ w, h int }

// An Outlook is what is known of an instance beyond the fleet, while it is shown.
type Outlook struct {
	Of        model.InstanceID
	Listening map[model.Port]bool // which ports something listens on; those that aren't there aren't known
	Log       []string            // the last lines of its output, the newest last, safe to draw
	Silence   string              // why there is none
}

// Sized gives the pane its room.
func (l Living) Sized(w, h int) Living {
	l.w, l.h = w, h
	return l
}

// A portrait is what the pane says of one thing.
type portrait struct {
	title  string
	facts  func(*sheet)
	traces []tracing
	beside func(*sheet) // in place of traces, where there is something of more interest
	below  string       // title of what stands below
	lines  []string
}

// View draws the pane in l.w × l.h cells.
func (l Living) View(s Scene, of Subject, t Traces, o Outlook) []string {
	p := portrait{facts: func(p *sheet) {
		p.text("", p.Theme.Dim.Render("What is selected is shown here, live: how to get in, its last ten minutes, what it writes."))
	}}
	if d, ok := s.Fleet.Device(of.GPU); ok {
		p = gpuPortrait(s, d, t)
	} else if i, ok := s.Fleet.Instance(of.Instance); ok {
		p = instancePortrait(s, i, t, o)
	}
	lines := l.drawn(s, p)
	for len(lines) < l.h {
		lines = append(lines, "")
	}
	return lines[:l.h]
}

// The shape of the pane.
const (
	leastBelow   = 3  // lines of what stands below, its title included
	traceName    = 7  // cells of a trace's name
	traceFigure  = 11 // cells of the figure behind it, and the blank before that
	linesByTrace = 8  // so many lines of the pane give each trace one more line, up to three
)

// drawn is the title, facts and traces side by side, and what stands below.
func (l Living) drawn(s Scene, p portrait) []string {
	right := min(traceName+traceCells+traceFigure, l.w/2-1)
	var beside []string
	switch {
	case p.beside != nil:
		sheet := &sheet{Scene: s, width: right - 1}
		p.beside(sheet)
		beside = sheet.lines
	case len(p.traces) > 0:
		high := min(max(l.h/linesByTrace, 1), 3)
		for _, t := range p.traces {
			beside = append(beside, t.drawn(s.Theme, right, max(high*4/max(len(p.traces), 4), high))...)
		}
	default:
		right = 0
	}
	facts := &sheet{Scene: s, width: l.w - right - 3}
	p.facts(facts)
	high := min(max(len(facts.lines), len(beside)), max(l.h-1-leastBelow, 1))
	span := ""
	if len(p.traces) > 0 && p.beside == nil {
		span = fmt.Sprintf("last %d min", (right-traceName-traceFigure)*2*slotSeconds/60)
	}
	lines := append([]string{rule(s.Theme, p.title, span, l.w)}, sideBySide(s.Theme, facts.lines, beside, l.w-right-1, high)...)
	if room := l.h - len(lines) - 1; room > 0 && p.below != "" {
		lines = append(lines, rule(s.Theme, p.below, "", l.w))
		for _, line := range p.lines[max(len(p.lines)-room, 0):] {
			lines = append(lines, " "+s.Theme.Clip(line, l.w-2))
		}
	}
	return lines
}

// sideBySide puts two texts side by side, each cut to so many lines.
func sideBySide(th theme.Theme, left, right []string, width, high int) []string {
	lines := make([]string, high)
	for n := range lines {
		if n < len(left) {
			lines[n] = left[n]
		}
		if n < len(right) {
			lines[n] = th.Pad(lines[n], width) + right[n]
		}
	}
	return lines
}

// rule is a line across the screen with a title in it, and a word near its right end.
func rule(th theme.Theme, title, word string, width int) string {
	line := th.Dim.Render(th.Horizontal)
	if title != "" {
		line += " " + th.Clip(title, width-4) + " "
	}
	if word != "" && theme.Width(line)+theme.Width(word)+6 < width {
		word = " " + word + " " + th.Horizontal
	} else {
		word = ""
	}
	return line + th.Dim.Render(strings.Repeat(th.Horizontal, max(width-theme.Width(line)-theme.Width(word), 0))+word)
}

// A tracing is one trace of a portrait, with its name and the figure of now.
type tracing struct {
	name, now string
	trace     trace
	of        quantity
}

// drawn is the trace in w × h cells: its name before the last line, where a trace at rest is, the figure behind it.
func (t tracing) drawn(th theme.Theme, w, h int) []string {
	lines := t.trace.graph(th, t.of, max(w-traceName-traceFigure, 1), h)
	for n, line := range lines {
		name, now := "", ""
		if n == h-1 {
			name, now = t.name, th.PadLeft(t.now, traceFigure-1)
		}
		lines[n] = th.Dim.Render(th.Pad(name, traceName)) + line + " " + now
	}
	return lines
}

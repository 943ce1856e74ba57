package pane

import (
	"fmt"
	"strings"

	"berth/model"
	"berth/ui/theme"
)

// Living is the lower half of a large screen: the selected subject, always up to date. On the left are its state and
// the ways to reach it, on the right its last ten minutes, below them its output.
type Living struct{ w, h int }

// An Outlook is what is known about an instance in addition to the fleet, while the lower half shows it.
type Outlook struct {
	Of        model.InstanceID
	Listening map[model.Port]bool // whether something listens on a port; an absent port is unknown
	Log       []string            // the last lines of its output, newest last, safe to draw
	Silence   string              // why there is no output
	Past      []model.Event       // without output: what was ordered and done for it, newest last
}

// Sized sets the pane's size in cells.
func (l Living) Sized(w, h int) Living {
	l.w, l.h = w, h
	return l
}

// A subjectView is what the pane shows about one subject.
type subjectView struct {
	title   string
	facts   func(*sheet)
	traces  []tracing
	beside  func(*sheet) // shown instead of the traces, if it is more interesting
	below   string       // title of the part below
	lines   []string
	instead func(*sheet) // shown below if there are no lines
}

// View draws the pane in l.w × l.h cells.
func (l Living) View(s Scene, of Subject, t Traces, o Outlook) []string {
	p := subjectView{facts: func(p *sheet) {
		p.text("", p.Theme.Dim.Render("What is selected is shown here, live: how to get in, its last ten minutes, what it writes."))
	}}
	if d, ok := s.Fleet.Device(of.GPU); ok {
		p = gpuView(s, d, t)
	} else if i, ok := s.Fleet.Instance(of.Instance); ok {
		p = instanceView(s, i, t, o)
	}
	lines := l.drawn(s, p)
	for len(lines) < l.h {
		lines = append(lines, "")
	}
	return lines[:l.h]
}

// Dimensions of the pane.
const (
	leastBelow   = 3  // lines of the part below, including its title
	traceName    = 7  // cells of a trace's name
	traceFigure  = 11 // cells of the figure after a trace, including a blank before it
	linesByTrace = 8  // for each so many lines of the pane, a trace gets one line, at most three
)

// drawn returns the lines: the title, facts and traces side by side, and the part below.
func (l Living) drawn(s Scene, p subjectView) []string {
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
	facts := &sheet{Scene: s, width: l.w - right - 3, height: l.h}
	p.facts(facts)
	high := min(max(len(facts.lines), len(beside)), max(l.h-1-leastBelow, 1))
	span := ""
	if len(p.traces) > 0 && p.beside == nil {
		span = fmt.Sprintf("last %d min", (right-traceName-traceFigure)*2*slotSeconds/60)
	}
	lines := append([]string{rule(s.Theme, p.title, span, l.w)}, sideBySide(s.Theme, facts.lines, beside, l.w-right-1, high)...)
	if room := l.h - len(lines) - 1; room > 0 && p.below != "" {
		below := &sheet{Scene: s, width: l.w - 2}
		for _, line := range p.lines[max(len(p.lines)-room, 0):] {
			below.text("", line)
		}
		if len(p.lines) == 0 && p.instead != nil {
			p.instead(below)
		}
		lines = append(lines, rule(s.Theme, p.below, "", l.w))
		lines = append(lines, below.lines[max(len(below.lines)-room, 0):]...)
	}
	return lines
}

// sideBySide puts two texts side by side, each cut to high lines.
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

// rule draws a line across the screen with a title in it and a word near its right end.
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

// A tracing is one trace of a subjectView, with its name and its current figure.
type tracing struct {
	name, now string
	trace     trace
	of        quantity
}

// drawn draws the trace in w × h cells. The name is before the last line, the figure after it.
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

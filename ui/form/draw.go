package form

import (
	"fmt"
	"slices"
	"strings"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// inputFor returns the input of the current step that a fault is shown beside, or -1.
func (d draft) inputFor(fault model.Fault) int {
	s := d.pages.all()[d.at]
	if p, ok := s.(placer); ok {
		return p.place(fault, d.focus[d.at])
	}
	return slices.IndexFunc(s.inputs(), func(in input) bool { return in.about().key == fault.Field })
}

// labelWidth is the width of the label column, with the marker before and a blank after the label.
const labelWidth = 14

// drawn draws the current step w cells wide. With airy it begins with the step's description and has blank lines
// between the fields.
func (d draft) drawn(w int, airy bool) block {
	p := pen{Theme: d.th, width: w}
	var b block
	if airy {
		b.lines = append(b.lines, wrapped(p.Dim, d.sentence(), w)...)
		b.lines = append(b.lines, "")
	}
	b.lines = append(b.lines, d.notices(p)...)
	faults := d.faultsHere()
	for i, in := range d.pages.all()[d.at].inputs() {
		if airy && i > 0 && in.about().label != "" {
			b.lines = append(b.lines, "")
		}
		one := d.input(p, in, i == d.focus[d.at], faults[i])
		if i == d.focus[d.at] {
			b.focus = len(b.lines) + one.focus
		}
		b.lines = append(b.lines, one.lines...)
	}
	return b
}

// sentence returns the description of the step.
func (d draft) sentence() string {
	if d.template != nil && d.at == stepSource {
		return "What the template is called, and the image it runs."
	}
	if d.template != nil && d.at == stepReview {
		return "All there is to keep. Enter saves the template."
	}
	return rail[d.at].about
}

// notices returns what the step has to say that isn't about one input.
func (d draft) notices(p pen) []string {
	var lines []string
	bad := func(text string) { lines = append(lines, wrapped(p.Bad, p.No+" "+text, p.width)...) }
	if m := d.refusal.message(d.order); m != "" {
		bad(m)
	}
	if d.at == stepOnStart && d.pages.onstart.trouble != "" {
		bad(d.pages.onstart.trouble)
	}
	if d.at == stepOnStart && d.pages.onstart.unused {
		lines = append(lines, wrapped(p.Warn, "In entrypoint mode nothing of ours runs in the instance, so neither would this script: it isn't in the order.", p.width)...)
	}
	if d.at == stepReview && d.keyless() {
		lines = append(lines, wrapped(p.Warn, fmt.Sprintf("Nobody can log in: your account has no SSH key, and step %d has none ticked or pasted.", stepMode+1), p.width)...)
	}
	for _, fault := range d.wrong() {
		if stepOf(fault.Field) == d.at && d.inputFor(fault) < 0 {
			bad(model.Said(fault))
		}
	}
	return lines
}

// faultsHere returns the current step's faults by the input that they are shown beside.
func (d draft) faultsHere() map[int]model.Faults {
	faults := map[int]model.Faults{}
	for _, fault := range d.wrong() {
		if at := d.inputFor(fault); stepOf(fault.Field) == d.at && at >= 0 {
			faults[at] = append(faults[at], fault)
		}
	}
	return faults
}

// input draws one input with its label, its faults and, if it is focused, its hint.
func (d draft) input(p pen, in input, focused bool, faults model.Faults) block {
	about := in.about()
	p.focused = focused
	labels, indent := p.label(about), strings.Repeat(" ", labelWidth)
	if about.wide {
		indent = "  "
	}
	whole := p.width
	p.width = max(whole-len(indent), 1)
	var hint []string
	if wrong := d.refusedText(in); focused && wrong != "" {
		hint = indented(indent, wrapped(p.Bad, p.No+" "+wrong, p.width))
	} else if focused && about.hint != "" {
		hint = indented(indent, wrapped(p.Dim, about.hint, p.width))
	}
	var b block
	if about.wide {
		b.lines = slices.Concat(labels, hint)
		labels, hint = nil, nil
	}
	value := in.view(p)
	b.focus = len(b.lines) + value.focus
	for i := range max(len(labels), len(value.lines)) {
		line := indent
		if i < len(labels) {
			line = labels[i]
		}
		if i < len(value.lines) {
			line += value.lines[i]
		}
		b.lines = append(b.lines, p.Clip(line, whole))
	}
	for _, fault := range faults {
		b.lines = append(b.lines, indented(indent, wrapped(p.Bad, p.No+" "+faultText(fault, about.key), p.width))...)
	}
	b.lines = append(b.lines, hint...)
	return b
}

// refusedText says which typed character the input refused, and what it accepts; empty if it refused none.
func (d draft) refusedText(in input) string {
	if n, is := in.(*number); is && n.refused != "" {
		return n.refused
	}
	if p, is := in.(restrictedInput); is && d.stray != "" {
		return fmt.Sprintf("%q isn't taken: %s", d.stray, p.accepts())
	}
	return ""
}

// label draws a field's name and the marker before it, on as many lines as needed: in the label column, or above a wide
// value.
func (p pen) label(about field) []string {
	room := labelWidth - 2
	style := p.Plain
	switch {
	case about.wide:
		room, style = p.width-2, p.Strong
	case p.focused:
		style = p.Strong
	}
	var lines []string
	for i, l := range theme.Wrap(about.label, room) {
		if !about.wide {
			l = p.Pad(l, room)
		}
		lines = append(lines, p.mark(p.focused && i == 0)+style.Render(l))
	}
	return lines
}

// faultText returns a fault's text beside the input with that key. The input shows the wrong value already, unless it
// is one of several in a line of options.
func faultText(f model.Fault, key string) string {
	switch {
	case (key == "options" || key == "volumes") && f.Value != "":
		return f.Value + ": " + f.Reason
	case key == "share": // the order has it as a fraction
		return "a share of the machine is above 0 and at most 100 %"
	}
	return f.Reason
}

func indented(by string, lines []string) []string {
	for i := range lines {
		lines[i] = by + lines[i]
	}
	return lines
}

// window returns the part of a block that fits into h lines, with the focused line visible. Signs at the right edge say
// that there is more.
func (p pen) window(b block, h int) []string {
	if len(b.lines) <= h {
		return b.lines
	}
	if h <= 0 {
		return nil
	}
	top := kit.Centred(b.focus, h, len(b.lines))
	lines := slices.Clone(kit.Window(b.lines, top, h))
	if top > 0 {
		lines[0] = p.Pad(lines[0], p.width-1) + p.Dim.Render(p.Up)
	}
	if top+h < len(b.lines) {
		lines[h-1] = p.Pad(lines[h-1], p.width-1) + p.Dim.Render(p.Down)
	}
	return lines
}

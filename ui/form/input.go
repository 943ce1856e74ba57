package form

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/ui/theme"
)

// An input is one field of a step. Update changes the newest form's copy of the input in place. As with bubbles'
// models, older copies must not be used any more.
type input interface {
	about() field
	// update handles a key or a paste. taken is false if the input doesn't handle it; then the key moves the form.
	update(msg tea.Msg) (cmd tea.Cmd, taken bool)
	view(p pen) block
}

// A restrictedInput accepts only some characters, and says which. Other inputs accept everything.
type restrictedInput interface{ accepts() string }

// A field is what all inputs have in common.
type field struct {
	key   string // the order's TOML key, by which faults are shown beside the field
	label string
	hint  string // what to type, shown while the field is focused
	wide  bool   // the value is below the label and has the whole width
}

func (f field) about() field { return f }

// A block is drawn lines, with the line that must be visible.
type block struct {
	lines []string
	focus int
}

// A pen is the theme, the width and the focus with which an input draws.
type pen struct {
	theme.Theme
	width   int // cells for the value
	focused bool
}

// mark returns the marker of a list's selected row, or blanks of the same width.
func (p pen) mark(selected bool) string {
	if !selected {
		return "  "
	}
	if p.focused {
		return p.Strong.Render(p.Selected) + " "
	}
	return p.Dim.Render(p.Selected) + " "
}

// value draws a chosen value; reversed while the field is focused.
func (p pen) value(text string) string {
	if p.focused {
		return p.Focus.Render(text)
	}
	return p.Strong.Render(text)
}

// wrapped wraps a sentence into lines of at most width cells, in one style.
func wrapped(style theme.Style, text string, width int) []string {
	lines := theme.Wrap(theme.Text(text), width)
	for i := range lines {
		lines[i] = style.Render(strings.TrimRight(lines[i], " "))
	}
	return lines
}

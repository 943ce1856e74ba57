package form

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/ui/theme"
)

// An input is one field of a step. Update changes the step's own copy, which is the newest form's: as with
// bubbles, an older one must not be used any more.
type input interface {
	about() field
	// update takes a key or a paste; taken is false for what isn't the input's, which then moves the form.
	update(msg tea.Msg) (cmd tea.Cmd, taken bool)
	view(p pen) block
}

// A picky input says what it takes, for whoever typed something else. The others take whatever is typed.
type picky interface{ takes() string }

// A field is what all inputs have.
type field struct {
	key   string // the order's TOML key, so that a fault stands beside the field it is in
	label string
	hint  string // what to type, shown while the field has the keys
	wide  bool   // the value stands below the label and has the whole width
}

func (f field) about() field { return f }

// A block is drawn lines, and the one among them that must be in view.
type block struct {
	lines []string
	focus int
}

// A pen is what an input draws with.
type pen struct {
	theme.Theme
	width   int // cells for the value
	focused bool
}

// mark is the marker of the selected row of a list, or the blank in its place.
func (p pen) mark(selected bool) string {
	if !selected {
		return "  "
	}
	if p.focused {
		return p.Strong.Render(p.Selected) + " "
	}
	return p.Dim.Render(p.Selected) + " "
}

// value draws a chosen value: reversed while it has the keys.
func (p pen) value(text string) string {
	if p.focused {
		return p.Focus.Render(text)
	}
	return p.Strong.Render(text)
}

// wrapped breaks a sentence into lines of at most width cells, in one style.
func wrapped(style theme.Style, text string, width int) []string {
	lines := theme.Wrap(theme.Text(text), width)
	for i := range lines {
		lines[i] = style.Render(strings.TrimRight(lines[i], " "))
	}
	return lines
}

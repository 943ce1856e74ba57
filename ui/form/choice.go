package form

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/ui/kit"
	"berth/ui/theme"
)

// An option is one of the values of a choice.
type option struct {
	value string
	name  string
	about string // one sentence, shown if the options are a column
}

// A choice is one of a few options. They are drawn in a row, or as a column with a sentence each. In a column, up and
// down move a marker, and Space or Enter chooses the marked option.
type choice struct {
	field
	options []option
	at      int // the chosen option
	marked  int // the option under the marker, in a column
	upright bool
}

func (c choice) value() string {
	if len(c.options) == 0 {
		return ""
	}
	return c.options[kit.Clamp(c.at, len(c.options))].value
}

// set chooses an option by its value; an unknown value chooses the first option.
func (c *choice) set(value string) {
	c.at = 0
	for i, o := range c.options {
		if o.value == value {
			c.at = i
		}
	}
	c.marked = c.at
}

// choose chooses a value, and adds an option for it if there is none. An order may name something that this machine
// doesn't have: that must be shown as a fault and not silently dropped.
func (c *choice) choose(value, name string) {
	if value != "" && !slices.ContainsFunc(c.options, func(o option) bool { return o.value == value }) {
		c.options = append(slices.Clip(c.options), option{value: value, name: name})
	}
	c.set(value)
}

func (c *choice) update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok || len(c.options) == 0 {
		return nil, false
	}
	switch k.String() {
	case "left", "h":
		c.chosen(max(c.at-1, 0))
	case "right", "l":
		c.chosen(min(c.at+1, len(c.options)-1))
	case "space":
		if !c.upright {
			c.marked = (c.at + 1) % len(c.options)
		}
		c.chosen(c.marked)
	case "enter":
		if !c.undecided() {
			return nil, false
		}
		c.chosen(c.marked)
	default:
		return nil, c.upright && c.moved(columnMove(k))
	}
	return nil, true
}

func (c *choice) chosen(at int) { c.at, c.marked = at, at }

// moved moves the marker. A key beyond the last option isn't handled, so that the form moves on; the marker then
// returns to the chosen option.
func (c *choice) moved(by int) bool {
	to := c.marked + by
	if by == 0 || to < 0 || to >= len(c.options) {
		c.marked = c.at
		return false
	}
	c.marked = to
	return true
}

// undecided reports whether an option is marked that isn't chosen.
func (c *choice) undecided() bool { return c.upright && c.marked != c.at }

// columnMove returns how far a key moves in a column: 1 down, -1 up, 0 for other keys.
func columnMove(k tea.KeyPressMsg) int {
	switch k.String() {
	case "up", "k":
		return -1
	case "down", "j":
		return 1
	}
	return 0
}

func (c *choice) accepts() string {
	if c.upright {
		return "up and down mark, Space or Enter chooses"
	}
	return "left and right choose"
}

func (c choice) view(p pen) block {
	if c.upright {
		return c.column(p)
	}
	parts := make([]string, len(c.options))
	for i, o := range c.options {
		sign, name := p.Dim.Render(p.Stopped), o.name
		if i == c.at {
			sign, name = p.Open, p.value(o.name)
		}
		parts[i] = sign + " " + name
	}
	if line := strings.Join(parts, "   "); theme.Width(line) <= p.width {
		return block{lines: []string{line}}
	}
	return block{lines: parts, focus: c.at}
}

// column draws the options as a column.
func (c choice) column(p pen) block {
	var b block
	for i, o := range c.options {
		sign, name := p.Dim.Render(p.Stopped), o.name
		if i == c.at {
			sign, name = p.Open, p.Strong.Render(o.name)
		}
		if i == c.marked {
			b.focus = len(b.lines)
			if p.focused {
				name = p.Focus.Render(o.name)
			}
		}
		b.lines = append(b.lines, p.mark(i == c.marked && p.focused)+sign+" "+name)
		for _, l := range wrapped(p.Dim, o.about, p.width-4) {
			b.lines = append(b.lines, "    "+l)
		}
	}
	return b
}

// A toggle is a field with the values on and off.
type toggle struct {
	field
	on   bool
	name string // what it turns on or off, in words
}

func (t *toggle) update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil, false
	}
	switch k.String() {
	case "space":
		t.on = !t.on
	case "left", "h":
		t.on = false
	case "right", "l":
		t.on = true
	default:
		return nil, false
	}
	return nil, true
}

func (t *toggle) accepts() string { return "Space ticks and unticks" }

func (t toggle) view(p pen) block {
	style := p.Plain
	if p.focused {
		style = p.Focus
	}
	lines := indented("    ", wrapped(style, t.name, p.width-4))
	lines[0] = p.box(t.on) + lines[0][3:]
	return block{lines: lines}
}

// box returns a ticked or empty box.
func (p pen) box(on bool) string {
	if on {
		return "[" + p.Good.Render(p.Yes) + "]"
	}
	return "[ ]"
}

package form

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/ui/kit"
	"berth/ui/theme"
)

// An option is one of what can be chosen.
type option struct {
	value string
	name  string
	about string // one sentence, shown where the options stand below one another
}

// A choice is one of a few options, the marked one being chosen at once. They stand in a row, or below one
// another with a sentence each.
type choice struct {
	field
	options []option
	at      int
	upright bool
}

func (c choice) value() string {
	if len(c.options) == 0 {
		return ""
	}
	return c.options[kit.Clamp(c.at, len(c.options))].value
}

// set chooses by value; an unknown one chooses the first.
func (c *choice) set(value string) {
	c.at = 0
	for i, o := range c.options {
		if o.value == value {
			c.at = i
		}
	}
}

// choose chooses a value, offering it if it wasn't: an order may name what isn't here, which is a fault to be
// shown and not a wish to be dropped.
func (c *choice) choose(value, name string) {
	if value != "" && !slices.ContainsFunc(c.options, func(o option) bool { return o.value == value }) {
		c.options = append(slices.Clip(c.options), option{value: value, name: name})
	}
	c.set(value)
}

func (c *choice) update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil, false
	}
	by := 0
	switch k.String() {
	case "left", "h":
		by = -1
	case "right", "l", "space":
		by = 1
	}
	if c.upright {
		by = alongside(k)
	}
	to := c.at + by
	if by == 0 || to < 0 || to >= len(c.options) {
		// A key beyond the last of a column goes on to the field below; beyond the end of a row, nowhere.
		return nil, by != 0 && !c.upright
	}
	c.at = to
	return nil, true
}

// alongside is how far a key moves in a column: 1 down, -1 up, 0 where it doesn't.
func alongside(k tea.KeyPressMsg) int {
	switch k.String() {
	case "up", "k":
		return -1
	case "down", "j":
		return 1
	}
	return 0
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

// column draws the options below one another.
func (c choice) column(p pen) block {
	var b block
	for i, o := range c.options {
		if i == c.at {
			b.focus = len(b.lines)
			b.lines = append(b.lines, p.mark(true)+p.value(o.name))
		} else {
			b.lines = append(b.lines, p.mark(false)+o.name)
		}
		for _, l := range wrapped(p.Dim, o.about, p.width-4) {
			b.lines = append(b.lines, "    "+l)
		}
	}
	return b
}

// A toggle is yes or no.
type toggle struct {
	field
	on   bool
	name string // what is on or off, in words
}

func (t *toggle) update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok || k.String() != "space" {
		return nil, false
	}
	t.on = !t.on
	return nil, true
}

func (t toggle) view(p pen) block {
	return block{lines: []string{p.box(t.on) + " " + p.caption(t.name)}}
}

// box is a box that is ticked or not.
func (p pen) box(on bool) string {
	if on {
		return "[" + p.Good.Render(p.Yes) + "]"
	}
	return "[ ]"
}

// caption is the name of what a box ticks.
func (p pen) caption(name string) string {
	if p.focused {
		return p.Focus.Render(p.Clip(name, p.width-4))
	}
	return p.Clip(name, p.width-4)
}

package form

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/ui/kit"
)

// A completed is a typed line that offers what it could become: the known names that contain what is typed.
// ↓ goes into the offers, Enter or → takes one, Esc leaves them. Tab takes the marked one, and while the line is being
// typed the first one that goes on as it does: whoever only passes by has typed nothing.
type completed struct {
	text
	known []string
	at    int  // the marked offer, or -1
	begun bool // typed in since the line had the keys
}

// most offers that are shown at a time.
const mostOffers = 5

func newCompleted(f field, example string) completed {
	return completed{text: newText(f, example), at: -1}
}

// offers are the known names that contain what is typed, those that begin with it first.
func (c completed) offers() []string {
	typed := strings.ToLower(c.value())
	if typed == "" {
		return c.known
	}
	var begin, contain []string
	for _, name := range c.known {
		switch at := strings.Index(strings.ToLower(name), typed); {
		case name == c.value():
			// Whoever typed all of it needs no offer of it.
		case at == 0:
			begin = append(begin, name)
		case at > 0:
			contain = append(contain, name)
		}
	}
	return slices.Concat(begin, contain)
}

func (c *completed) update(msg tea.Msg) (tea.Cmd, bool) {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		if c.pick(k) {
			return nil, true
		}
	}
	before := c.line.Value()
	cmd, taken := c.text.update(msg)
	if changed := c.line.Value() != before; changed || !taken {
		c.at, c.begun = -1, changed
	}
	return cmd, taken
}

// pick moves in the offers and takes one; false where the key has nothing to do with them.
func (c *completed) pick(k tea.KeyPressMsg) bool {
	offers := c.offers()
	end := c.line.Position() == len([]rune(c.line.Value()))
	switch name := k.String(); {
	case name == "down" && c.at < len(offers)-1:
		c.at++
	case name == "up" && c.at >= 0:
		c.at--
	case name == "esc" && c.at >= 0:
		c.at = -1
	case (name == "enter" || name == "tab") && c.at >= 0 && c.at < len(offers):
		c.take(offers[c.at])
	case name == "tab" && c.begun && c.continued() != "":
		c.take(c.continued())
	case name == "right" && end && len(offers) > 0 && (c.at >= 0 || c.begun):
		c.take(offers[max(c.at, 0)])
	default:
		return false
	}
	return true
}

func (c *completed) take(name string) {
	c.set(name)
	c.at, c.begun = -1, false
}

// continued is the first offer that begins with what is typed; empty where none does, or where all of a name is there.
func (c completed) continued() string {
	offers, typed := c.offers(), c.value()
	if typed == "" || len(offers) == 0 || slices.Contains(c.known, typed) || !strings.HasPrefix(strings.ToLower(offers[0]), strings.ToLower(typed)) {
		return ""
	}
	return offers[0]
}

func (c completed) view(p pen) block {
	b := c.text.view(p)
	offers := c.offers()
	if !p.focused || len(offers) == 0 {
		return b
	}
	from := kit.InSight(0, c.at, c.at+1, mostOffers, len(offers))
	shown := kit.Window(offers, from, mostOffers)
	b.focus = max(c.at-from+1, 0)
	for i, name := range shown {
		if from+i == c.at {
			b.lines = append(b.lines, p.mark(true)+p.Strong.Render(p.Clip(name, p.width-2)))
			continue
		}
		b.lines = append(b.lines, "  "+p.Dim.Render(p.Clip(name, p.width-2)))
	}
	if more := len(offers) - from - len(shown); more > 0 {
		b.lines[len(b.lines)-1] += p.Dim.Render(" " + p.Down)
	}
	return b
}

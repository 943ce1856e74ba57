package form

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/ui/kit"
)

// A completionField is a one-line field with completion: it offers the known names that contain what is typed. Down
// moves into the offers, Enter or Right takes one, Esc leaves them. Tab takes the marked offer. While the user is
// typing, Tab takes the first offer that begins with what is typed; otherwise Tab moves on.
type completionField struct {
	text
	known []string
	at    int  // the marked offer, or -1
	begun bool // the user has typed since the field was focused
}

// mostOffers is the most offers shown at a time.
const mostOffers = 5

func newCompletionField(f field, example string) completionField {
	return completionField{text: newText(f, example), at: -1}
}

// offers returns the known names that contain what is typed; names that begin with it come first.
func (c completionField) offers() []string {
	typed := strings.ToLower(c.value())
	if typed == "" {
		return c.known
	}
	var begin, contain []string
	for _, name := range c.known {
		switch at := strings.Index(strings.ToLower(name), typed); {
		case name == c.value():
			// The name is complete and needs no offer.
		case at == 0:
			begin = append(begin, name)
		case at > 0:
			contain = append(contain, name)
		}
	}
	return slices.Concat(begin, contain)
}

func (c *completionField) update(msg tea.Msg) (tea.Cmd, bool) {
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

// pick handles a key that moves in the offers or takes one. It returns false for other keys.
func (c *completionField) pick(k tea.KeyPressMsg) bool {
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
	case name == "tab" && c.begun && c.suggestion() != "":
		c.take(c.suggestion())
	case name == "right" && end && len(offers) > 0 && (c.at >= 0 || c.begun):
		c.take(offers[max(c.at, 0)])
	default:
		return false
	}
	return true
}

func (c *completionField) take(name string) {
	c.set(name)
	c.at, c.begun = -1, false
}

// suggestion returns the first offer that begins with what is typed; empty if there is none, or if the name is
// complete.
func (c completionField) suggestion() string {
	offers, typed := c.offers(), c.value()
	if typed == "" || len(offers) == 0 || slices.Contains(c.known, typed) || !strings.HasPrefix(strings.ToLower(offers[0]), strings.ToLower(typed)) {
		return ""
	}
	return offers[0]
}

func (c completionField) view(p pen) block {
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

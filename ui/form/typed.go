package form

import (
	"strings"

	"berth/ui/theme"
)

// The text inputs of bubbles turn tabs and line breaks into blanks. An on-start script with a here-document
// or a variable of two lines would come out other than it went in, so both are held as characters of a
// private plane while they are edited.
const (
	heldTab     = '\U0010F009'
	heldNewline = '\U0010F00A'
)

var (
	holdTabs     = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", string(heldTab))
	holdLine     = strings.NewReplacer("\r\n", string(heldNewline), "\r", string(heldNewline), "\n", string(heldNewline), "\t", string(heldTab))
	releaseTyped = strings.NewReplacer(string(heldTab), "\t", string(heldNewline), "\n")
)

// typed draws one line of typed text with the cursor in it, a negative one being none: the part around the
// cursor where the line is longer than there is room.
func (p pen) typed(text []rune, cursor int) string {
	if cursor < 0 || cursor > len(text) {
		return p.Clip(p.shown(text), p.width)
	}
	under := " "
	if cursor < len(text) {
		under = p.sign(text[cursor])
	}
	line := p.before(text[:cursor], p.width-theme.Width(under)) + p.Focus.Render(under)
	if cursor < len(text) {
		line += p.Clip(p.shown(text[cursor+1:]), p.width-theme.Width(line))
	}
	return p.Clip(line, p.width)
}

// before is the end of the text left of the cursor, as much of it as fits.
func (p pen) before(text []rune, room int) string {
	used, from := 0, len(text)
	for from > 0 {
		next := theme.Width(p.sign(text[from-1]))
		if used+next > room {
			break
		}
		used, from = used+next, from-1
	}
	if from == 0 {
		return p.shown(text)
	}
	for from < len(text) && used > room-1 {
		used, from = used-theme.Width(p.sign(text[from])), from+1
	}
	return p.Ellipsis + p.shown(text[from:])
}

// shown is typed text as it is drawn.
func (p pen) shown(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteString(p.sign(r))
	}
	return b.String()
}

// sign is one typed character as it is drawn.
func (p pen) sign(r rune) string {
	switch {
	case r == heldTab:
		return p.Arrow + "   "
	case r == heldNewline:
		return p.Down
	case r >= ' ' && r < 0x7f:
		return string(r)
	}
	return theme.Text(string(r))
}

package form

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"berth/ui/kit"
	"berth/ui/theme"
)

// The text inputs of bubbles turn tabs and line breaks into blanks and drop other control characters. That would
// silently change a script with a here-document, an escape sequence in a prompt, or a variable with two lines. So
// characters that the inputs don't accept (control characters, and bytes that aren't UTF-8) are stored as private-use
// characters while they are edited.
const (
	heldControl = 0x10F000 // plus the control character
	heldByte    = 0x10F100 // plus the byte
	heldUnknown = 0x10F200 // U+FFFD, which decoding also returns for invalid bytes
	heldTab     = heldControl + '\t'
	heldNewline = heldControl + '\n'
)

// hold encodes a text for the inputs. Line breaks stay if the input has several lines.
func hold(s string, lines bool) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			r = heldByte + rune(s[i])
		case r == utf8.RuneError:
			r = heldUnknown
		case unicode.IsControl(r) && !(r == '\n' && lines):
			r = heldControl + r
		}
		b.WriteRune(r)
		i += size
	}
	return b.String()
}

// release decodes a text that hold has encoded.
func release(s string) string {
	if strings.IndexFunc(s, isHeld) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == heldUnknown:
			b.WriteRune(utf8.RuneError)
		case isHeld(r) && r >= heldByte:
			b.WriteByte(byte(r - heldByte)) //nolint:gosec // hold encoded it from a byte
		case isHeld(r):
			b.WriteRune(r - heldControl)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isHeld(r rune) bool { return r >= heldControl && r <= heldUnknown }

// typed draws one line of typed text with the cursor; negative: no cursor. If the line is too long, it draws the part
// around the cursor.
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

// typedOver draws a typed text on at most rows lines, those around the cursor. A sign at the right edge says that there
// is more above or below.
func (p pen) typedOver(text []rune, cursor, rows int) []string {
	edge := p.width - 1
	p.width = max(edge, 1)
	starts := p.starts(text, cursor)
	at := 0
	for at+1 < len(starts) && starts[at+1] <= cursor {
		at++
	}
	ends := slices.Concat(starts[1:], []int{len(text)})
	top := kit.InSight(0, at, at+1, rows, len(starts))
	var lines []string
	for n, from := range kit.Window(starts, top, rows) {
		inner := -1
		if top+n == at && cursor >= 0 {
			inner = cursor - from
		}
		lines = append(lines, p.typed(text[from:ends[top+n]], inner))
	}
	last := len(lines) - 1
	if top > 0 {
		lines[0] = p.Pad(lines[0], edge) + p.Dim.Render(p.Up)
	}
	if top+rows < len(starts) {
		lines[last] = p.Pad(lines[last], edge) + p.Dim.Render(p.Down)
	}
	return lines
}

// starts returns where the lines of a text begin. If the cursor is after a full line, it gets a line of its own.
func (p pen) starts(text []rune, cursor int) []int {
	starts, used := []int{0}, 0
	for i, r := range text {
		w := theme.Width(p.sign(r))
		if used+w > p.width && used > 0 {
			starts, used = append(starts, i), 0
		}
		used += w
	}
	if cursor == len(text) && used >= p.width {
		starts = append(starts, len(text))
	}
	return starts
}

// before draws the end of the text left of the cursor, as much as fits.
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

// shown returns typed text as it is drawn.
func (p pen) shown(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteString(p.sign(r))
	}
	return b.String()
}

// sign returns one typed character as it is drawn.
func (p pen) sign(r rune) string {
	switch {
	case r == heldTab:
		return p.Arrow + "   "
	case r == heldNewline:
		return p.Down
	case r >= heldControl && r < heldControl+' ':
		return "^" + string(r-heldControl+'@')
	case isHeld(r):
		return "?"
	case r >= ' ' && r < 0x7f:
		return string(r)
	}
	return theme.Text(string(r))
}

package wire

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Escape makes JSON safe to look at on a terminal: what one could act on, or what would show text otherwise than
// it is, is written as its number. JSON means the same with it. Encoders leave C1 controls, directions of writing
// and characters without width as they are.
func Escape(json []byte) []byte {
	if bytes.IndexFunc(json, acted) < 0 {
		return json
	}
	out := make([]byte, 0, len(json)+len(json)/8)
	for _, r := range string(json) {
		switch {
		case !acted(r):
			out = utf8.AppendRune(out, r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// acted reports whether a terminal acts on a character, or shows what is around it otherwise than it is. A line's
// end and a tab, which JSON has between its values, don't count.
func acted(r rune) bool {
	return r >= 0x7f && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) || r < ' ' && r != '\n' && r != '\t'
}

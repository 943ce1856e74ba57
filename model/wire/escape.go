package wire

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Escape makes JSON safe to print on a terminal. It replaces control characters, and characters that change how text is
// displayed, by \u escapes; the JSON's meaning stays the same. It is needed because JSON encoders leave C1 controls,
// bidirectional controls and zero-width characters as they are.
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

// acted reports whether a terminal acts on a character, or whether the character changes how the text around it looks.
// Line ends and tabs don't count: JSON has them between its values.
func acted(r rune) bool {
	return r >= 0x7f && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) || r < ' ' && r != '\n' && r != '\t'
}

package model

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
)

// PlainText decodes a text file that a user made on any system. It accepts UTF-8 and UTF-16, with or without a byte
// order mark, as Windows' editors save it, and any line ends. The result is UTF-8 with \n.
func PlainText(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		b = fromUTF16(b[2:], binary.LittleEndian)
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		b = fromUTF16(b[2:], binary.BigEndian)
	case len(b) > 1 && b[0] != 0 && b[1] == 0: // no mark, but the first character is ASCII
		b = fromUTF16(b, binary.LittleEndian)
	case len(b) > 1 && b[0] == 0 && b[1] != 0:
		b = fromUTF16(b, binary.BigEndian)
	default:
		b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	}
	return UnixLines(string(b))
}

func fromUTF16(b []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return []byte(string(utf16.Decode(units)))
}

// UnixLines converts all line ends to \n, and drops a byte order mark at the beginning. A shell would take the \r of
// Windows' line ends as a part of the line, and the mark as one of the first word.
func UnixLines(s string) string {
	s = strings.TrimPrefix(s, string(byteOrderMark))
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}

// KeyLines returns the public keys in a text, one line each. authorized_keys and .pub files may contain several, with
// comments and empty lines between. A text that isn't one key a line is returned whole, so that the check of the key
// can name the mistake.
func KeyLines(text string) []string {
	text = PlainText([]byte(text))
	if strings.Contains(text, "----") || strings.HasPrefix(text, "PuTTY-User-Key-File") {
		return []string{text}
	}
	var lines []string
	for line := range strings.Lines(text) {
		if line = bareKey(strings.TrimSpace(line)); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	if lines == nil || isWrapped(lines) {
		return []string{text}
	}
	return lines
}

// isWrapped reports whether the lines are a single key, broken into lines by the terminal window it was copied from.
func isWrapped(lines []string) bool {
	begins := func(line string) bool {
		first, _, _ := strings.Cut(line, " ")
		return isKeyType(first)
	}
	if len(lines) < 2 || !begins(lines[0]) || slices.ContainsFunc(lines[1:], begins) || wrongKey(lines[0]) == "" {
		return false
	}
	for n := range lines { // the comment after the key may be broken too
		if wrongKey(strings.Join(lines[:n+1], "")) == "" {
			return true
		}
	}
	return false
}

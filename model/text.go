package model

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
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
	case isUTF16(b, binary.LittleEndian):
		b = fromUTF16(b, binary.LittleEndian)
	case isUTF16(b, binary.BigEndian):
		b = fromUTF16(b, binary.BigEndian)
	default:
		b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	}
	return UnixLines(string(b))
}

// isUTF16 recognizes UTF-16 without a mark: the first character is ASCII, and all are of the alphabets. A text with a few
// zero bytes in it isn't that, and is to be refused rather than read as something else.
func isUTF16(b []byte, order binary.ByteOrder) bool {
	if len(b) == 0 || len(b)%2 != 0 || order.Uint16(b) > unicode.MaxASCII {
		return false
	}
	const alphabets = 0x2000 // behind them come punctuation and ideographs
	for ; len(b) >= 2; b = b[2:] {
		if unit := order.Uint16(b); unit == 0 || unit >= alphabets {
			return false
		}
	}
	return true
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
	for line := range strings.Lines(strings.ReplaceAll(text, `\n`, "\n")) { // settings files and programs write a line end so
		if line = bareKey(strings.TrimSpace(line)); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, keysOfLine(line)...)
		}
	}
	if isWrapped(lines) || !slices.ContainsFunc(lines, hasKeyType) {
		return []string{text}
	}
	return lines
}

// hasKeyType reports whether a key, or the beginning of one, is somewhere in a line.
func hasKeyType(line string) bool { return slices.ContainsFunc(strings.Fields(line), isKeyType) }

// keysOfLine returns each key of a line. Pasting makes one line of several where it takes line ends for blanks. What
// follows a key is its comment, unless it is a whole key.
func keysOfLine(line string) []string {
	words := strings.Fields(line)
	var keys []string
	from := 0
	for n := 2; n+1 < len(words); n++ {
		if n-from >= 2 && isKeyBlob(words[from], words[from+1]) && isKeyBlob(words[n], words[n+1]) {
			keys = append(keys, strings.Join(words[from:n], " "))
			from = n
		}
	}
	if from == 0 {
		return []string{line}
	}
	return append(keys, strings.Join(words[from:], " "))
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

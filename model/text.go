package model

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
)

// PlainText is the text of a file as people have them: in UTF-16, with or without a byte order mark, as Windows' editors save, and
// with any line ends. The result is UTF-8 with \n alone.
func PlainText(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		b = fromUTF16(b[2:], binary.LittleEndian)
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		b = fromUTF16(b[2:], binary.BigEndian)
	case len(b) > 1 && b[0] != 0 && b[1] == 0: // a text of ours begins with a letter
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

// UnixLines is a text whose lines end as they do here. A shell takes the \r of Windows' line ends for a part of the line.
func UnixLines(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}

// KeyLines are the public keys of a text, a line each: authorized_keys and .pub files may have several, with comments and
// empty lines between. A text in another form than a key a line comes whole, for whoever checks it to name.
func KeyLines(text string) []string {
	text = PlainText([]byte(text))
	if strings.Contains(text, "----") || strings.HasPrefix(text, "PuTTY-User-Key-File") {
		return []string{text}
	}
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	if lines == nil || isWrapped(lines) {
		return []string{text}
	}
	return lines
}

// isWrapped reports whether lines are one key that was broken where the window it was copied from ends.
func isWrapped(lines []string) bool {
	begins := func(line string) bool {
		first, _, _ := strings.Cut(line, " ")
		return isKeyType(first)
	}
	return len(lines) > 1 && begins(lines[0]) && !slices.ContainsFunc(lines[1:], begins) && wrongKey(lines[0]) != "" &&
		wrongKey(strings.Join(lines, "")) == ""
}

// EnvFile turns the lines of a .env file into option text: -e NAME=value for each. It says false where the text is
// anything else.
func EnvFile(text string) (options string, ok bool) {
	var words []string
	for line := range strings.Lines(PlainText([]byte(text))) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, pair := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		name = strings.TrimSpace(name)
		if !pair || !isVariable(name) {
			return "", false
		}
		words = append(words, "-e", name+"="+envValue(strings.TrimSpace(value)))
	}
	return JoinWords(words), len(words) > 0
}

// envValue is a value without its quotation marks and without the comment behind it, which a blank divides from it.
func envValue(value string) string {
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		inner, rest, closed := strings.Cut(value[1:], value[:1])
		if rest = strings.TrimSpace(rest); closed && (rest == "" || rest[0] == '#') {
			return inner
		}
		return value
	}
	if strings.HasPrefix(value, "#") {
		return ""
	}
	value, _, _ = strings.Cut(value, " #")
	return strings.TrimSpace(value)
}

func isVariable(name string) bool {
	for n, r := range name {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (n == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

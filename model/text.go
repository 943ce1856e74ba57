package model

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// PlainText is the text of a file as people have them: in UTF-16 or with a byte order mark, as Windows' editors save, and
// with any line ends. The result is UTF-8 with \n alone.
func PlainText(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		b = fromUTF16(b[2:], binary.LittleEndian)
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		b = fromUTF16(b[2:], binary.BigEndian)
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
	if lines == nil {
		return []string{text}
	}
	return lines
}

// EnvFile turns the lines of a .env file into option text: -e NAME=value for each. It says false where the text is
// anything else.
func EnvFile(text string) (options string, ok bool) {
	var words []string
	for line := range strings.Lines(UnixLines(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, pair := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !pair || !isVariable(name) {
			return "", false
		}
		if len(value) > 1 && value[0] == value[len(value)-1] && (value[0] == '"' || value[0] == '\'') {
			value = value[1 : len(value)-1]
		}
		words = append(words, "-e", name+"="+value)
	}
	return JoinWords(words), len(words) > 0
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

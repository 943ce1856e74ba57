package strict

import (
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
)

var (
	twice = regexp.MustCompile(`^Key '.+' has already been defined\.$`)
	other = regexp.MustCompile(`^\s*([{\[]\s*["{\n]|---|-? ?\w+:\s)`) // JSON and YAML begin so
)

// explainSyntax explains why a text isn't TOML, in words for the person who wrote the file. Many such files are JSON,
// YAML or from a word processor.
func explainSyntax(text string, at toml.ParseError) string {
	switch {
	case twice.MatchString(at.Message):
		return "set twice"
	case strings.Contains(at.Message, "invalid UTF-8"):
		return "this isn't UTF-8 (" + at.Message + "); save the file as UTF-8"
	case strings.ContainsAny(lineOf(text, at.Position.Line), "“”„‘’"):
		return "typographic quotation marks; want \" or '"
	case strings.Contains(lineOf(text, at.Position.Line), "\u00a0"):
		return "a no-break space; want a plain one"
	case other.MatchString(text):
		return "this is JSON or YAML; want TOML, such as image = \"ubuntu:24.04\""
	}
	return at.Message
}

// lineOf returns a line of a text, counted from 1, or "" beyond the end.
func lineOf(text string, number int) string {
	lines := strings.Split(text, "\n")
	if number < 1 || number > len(lines) {
		return ""
	}
	return lines[number-1]
}

package catalog

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
)

var (
	twice = regexp.MustCompile(`^Key '(.+)' has already been defined\.$`)
	other = regexp.MustCompile(`^\s*([{\[]\s*["{\n]|---|-? ?\w+:\s)`) // how JSON and YAML begin
)

// plainly is why a text isn't TOML, in words for the person who wrote it: files come from other programs' habits.
func plainly(text string, at toml.ParseError) string {
	set := twice.FindStringSubmatch(at.Message)
	switch {
	case set != nil:
		return fmt.Sprintf("set twice (%s)", set[1])
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

// lineOf is a line of a text, counted from 1; empty beyond its end.
func lineOf(text string, number int) string {
	lines := strings.Split(text, "\n")
	if number < 1 || number > len(lines) {
		return ""
	}
	return lines[number-1]
}

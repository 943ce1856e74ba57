package strict

import (
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"

	"berth/model"
)

var (
	twice = model.Pattern(`^Key '.+' has already been defined\.$`)
	other = model.Pattern(`^\s*([{\[]\s*["{\n]|---|-? ?\w+:\s)`) // JSON and YAML begin so
)

// explainSyntax explains why a text isn't TOML, in words for the person who wrote the file. Many such files are JSON,
// YAML or from a word processor.
func explainSyntax(text string, at toml.ParseError) string {
	switch {
	case twice().MatchString(at.Message):
		return "set twice"
	case strings.Contains(at.Message, "invalid UTF-8"):
		return "this isn't UTF-8 (" + at.Message + "); save the file as UTF-8"
	case strings.ContainsAny(lineOf(text, at.Position.Line), "“”„‘’"):
		return "typographic quotation marks; want \" or '"
	case strings.Contains(lineOf(text, at.Position.Line), "\u00a0"):
		return "a no-break space; want a plain one"
	case other().MatchString(text):
		return "this is JSON or YAML; want TOML, such as image = \"ubuntu:24.04\""
	}
	for _, known := range parserWords {
		if strings.Contains(at.Message, known.words) && (known.line == nil || known.line().MatchString(lineOf(text, at.Position.Line))) {
			return known.means + " (" + at.Message + ")"
		}
	}
	return at.Message
}

// parserWords have what the parser's words mean to who wrote the file. More specific rows come first.
var parserWords = []struct {
	words string
	line  func() *regexp.Regexp // the mistake's line matches it; nil: any line
	means string
}{
	{"", model.Pattern(`=\s*\d+,\d`), "a number's fraction stands after a point: 0.5"},
	{"expected '.' or '='", nil, `not a line of TOML; want such as image = "ubuntu:24.04"`},
	{"expected value but found", nil, `not a value; a text stands in quotation marks: image = "ubuntu:24.04"`},
	{"top-level item to end", nil, `something follows the value; want one key a line, and a text in quotation marks`},
	{"cannot contain newlines", nil, `a text of several lines stands between """ and """`},
	{"hexadecimal digits after", nil, `a backslash means something in "…"; in '…' it stays a backslash`},
	{"invalid escape in string", nil, `a backslash means something in "…"; in '…' it stays a backslash`},
	{"unexpected EOF; expected", nil, "it isn't closed before the file ends"},
	{"NULL bytes", nil, "not a text file"},
	{"'0x00'", nil, "not a text file"},
	{"control characters", nil, "a control character; want text alone"},
}

// lineOf returns a line of a text, counted from 1, or "" beyond the end.
func lineOf(text string, number int) string {
	lines := strings.Split(text, "\n")
	if number < 1 || number > len(lines) {
		return ""
	}
	return lines[number-1]
}

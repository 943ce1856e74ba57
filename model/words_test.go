package model

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitWords(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
		wrong      string // a part of the error's text
	}{
		{name: "nothing is no word", text: " \t\n "},
		{name: "blanks, tabs and line ends separate", text: "a  b\tc\nd\r\ne", want: []string{"a", "b", "c", "d", "e"}},
		{name: "double quotes keep blanks inside a word", text: `TEST="a b"c`, want: []string{"TEST=a bc"}},
		{name: "single quotes keep everything", text: `'a "b" \ $c'`, want: []string{`a "b" \ $c`}},
		{name: "a backslash keeps one character", text: `a\ b \' \\`, want: []string{"a b", "'", `\`}},
		{name: "inside double quotes only what a shell acts on is quoted by it", text: `"\$\"\\\n"`, want: []string{`$"\\n`}},
		{name: "a line goes on after a backslash at its end", text: "a \\\n b", want: []string{"a", "b"}},
		{name: "also a line from Windows", text: "a\\\r\nb", want: []string{"ab"}},
		{name: "also inside double quotes", text: "\"a\\\nb\"", want: []string{"ab"}},
		{name: "empty quotes are an empty word", text: `'' ""`, want: []string{"", ""}},
		{name: "nothing is expanded", text: `$HOME * ~ #x`, want: []string{"$HOME", "*", "~", "#x"}},
		{name: "letters of any script are letters", text: `héllo "日本 語"`, want: []string{"héllo", "日本 語"}},
		{name: "an open single quote is an error, its word unfinished", text: "a 'b c", want: []string{"a", "b c"}, wrong: "(')"},
		{name: "an open double quote is one too", text: `a "b\`, want: []string{"a", "b"}, wrong: `(")`},
		{name: "a lone backslash is one too", text: `a b\`, want: []string{"a", "b"}, wrong: "backslash"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := SplitWords(tt.text)
			if !slices.Equal(got, tt.want) {
				t.Errorf("SplitWords(%q) = %q, want %q", tt.text, got, tt.want)
			}
			if (err == nil) != (tt.wrong == "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("error %v, want one with %q", err, tt.wrong)
			}
		})
	}
}

func TestQuoteWordUsesTheLightestQuotes(t *testing.T) {
	for s, want := range map[string]string{
		"":             `""`,
		"plain-1.2/x":  `plain-1.2/x`,
		"a b":          `"a b"`,
		"it's":         `"it's"`,
		"$HOME":        `'$HOME'`,
		`say "hi"`:     `'say "hi"'`,
		`it's "$5"`:    `'it'\''s "$5"'`,
		"two\nlines":   "\"two\nlines\"",
		"star*":        `"star*"`,
		"bang!":        `'bang!'`,
		"日本":           `"日本"`,
		`back\slash`:   `'back\slash'`,
		"semi;colon&|": `"semi;colon&|"`,
	} {
		if got := QuoteWord(s); got != want {
			t.Errorf("QuoteWord(%q) = %s, want %s", s, got, want)
		}
	}
}

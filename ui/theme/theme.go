// Package theme is how the screen looks: styles from the terminal's own sixteen colours, signs and bars
// with their ASCII twins, and the few ways to cut, pad and frame text.
//
// A Theme is a value, made once from what the terminal can do and passed down by value. Nothing here knows
// what an instance or a GPU is, and nothing does I/O: whoever owns the terminal says what it can do.
package theme

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// A Theme is everything a pane needs to draw: styles by meaning, and signs.
type Theme struct {
	Glyphs

	Plain  Style // running text
	Strong Style // a name, a title, what is selected
	Dim    Style // what is there but needn't be read: units, headings, stale figures
	Accent Style // keys, and what is being typed at
	Good   Style // ready, listening, healthy, free
	Own    Style // figures of what is the reader's own
	Other  Style // figures of what is somebody else's
	Warn   Style // on its way, or to be noticed
	Bad    Style // failed, in conflict, a fault beside a field
	Badge  Style // SIMULATED, DEMO: must be seen
	Focus  Style // the field or button that takes the keys

	Color bool // colours are written; attributes such as bold are written in any case
	Dark  bool // the terminal's background is dark
	ASCII bool // signs are ASCII
}

// Options say what the terminal can do and what the user asked for.
type Options struct {
	Color string   // --color: never, auto (or empty), always
	ASCII bool     // --ascii
	Light bool     // the terminal's background is light
	TTY   bool     // the output is a terminal
	Env   []string // the environment, NAME=value
}

// New makes the theme for a terminal. NO_COLOR with any value but the empty one turns colours off where
// --color is auto (no-color.org); a locale that isn't UTF-8, or a console that has no such font, turns
// signs to ASCII by itself.
func New(o Options) (Theme, error) {
	color, err := o.colored()
	if err != nil {
		return Theme{}, err
	}
	t := Theme{Color: color, Dark: !o.Light, ASCII: o.ASCII || !o.unicode(), Glyphs: unicodeGlyphs}
	if t.ASCII {
		t.Glyphs = asciiGlyphs
	}
	return t.styled(), nil
}

// WithBackground is the theme for a dark or a light background, once the terminal has said which it has.
func (t Theme) WithBackground(dark bool) Theme {
	t.Dark = dark
	return t.styled()
}

// styled fills in the styles. Dim is the faint attribute and not bright black: palettes such as Solarized
// give bright black the background's own colour.
func (t Theme) styled() Theme {
	accent := ansi.Blue
	if t.Dark {
		accent = ansi.Cyan
	}
	color := func(c ansi.BasicColor, s Style) Style {
		if t.Color {
			s.fg, s.colored = c, true
		}
		return s.made()
	}
	t.Plain = Style{}
	t.Strong = Style{bold: true}.made()
	t.Dim = Style{faint: true}.made()
	t.Accent = color(accent, Style{})
	t.Good = color(ansi.Green, Style{})
	t.Own = t.Good
	t.Other = color(ansi.Magenta, Style{})
	t.Warn = color(ansi.Yellow, Style{})
	t.Bad = color(ansi.Red, Style{bold: !t.Color})
	t.Badge = color(ansi.Yellow, Style{bold: true, reverse: true})
	t.Focus = Style{reverse: true}.made()
	return t
}

// colored decides about colours.
func (o Options) colored() (bool, error) {
	switch o.Color {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto", "":
		term := o.env("TERM")
		return o.TTY && o.env("NO_COLOR") == "" && term != "dumb" && !strings.HasPrefix(term, "vt"), nil
	}
	return false, fmt.Errorf("color %q: want never, auto or always", o.Color)
}

// unicode reports whether the locale is UTF-8 and the terminal has glyphs beyond ASCII. The kernel's
// console and real terminals of the vt family have neither block eighths nor circles.
func (o Options) unicode() bool {
	term := o.env("TERM")
	if term == "linux" || strings.HasPrefix(term, "vt") {
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(o.env(name)); locale != "" {
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return false
}

// env finds a variable's value; the last one wins, as in a shell.
func (o Options) env(name string) string {
	value := ""
	for _, pair := range o.Env {
		if n, v, _ := strings.Cut(pair, "="); n == name {
			value = v
		}
	}
	return value
}

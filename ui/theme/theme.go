// Package theme is the look of the screen: styles in the terminal's own sixteen colours, signs and bars with ASCII
// versions, and functions that cut, pad and frame text. Begin reading at Theme.
//
// A Theme is a value. It is made once from what the terminal can do, and passed down by value. This package knows no
// instance and no GPU and does no I/O: the terminal's owner says what the terminal can do.
package theme

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// A Theme has everything a pane needs to draw: styles by meaning, and signs.
type Theme struct {
	Glyphs

	Plain  Style // running text
	Strong Style // a name, a title, the selection
	Dim    Style // what needn't be read: units, headings, stale values
	Accent Style // keys, and the field that is being typed in
	Good   Style // ready, listening, healthy, free
	Own    Style // values that belong to the reader
	Other  Style // values that belong to others
	Warn   Style // under way, or to be noticed
	Bad    Style // failed, in conflict, a fault beside a field
	Badge  Style // SIMULATED, DEMO: must be noticed
	Focus  Style // the field or button that gets the keys

	Color bool // colours are written; attributes such as bold always are
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

// New returns the theme for a terminal. With --color auto, a NO_COLOR that isn't empty turns colours off
// (no-color.org). Signs are ASCII if the locale isn't UTF-8 or the console has no font for more.
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

// WithBackground returns the theme for a dark or a light background, once the terminal has reported which it has.
func (t Theme) WithBackground(dark bool) Theme {
	t.Dark = dark
	return t.styled()
}

// styled sets the styles. Dim is the attribute faint and not bright black, since palettes such as Solarized give bright
// black the colour of the background.
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

// colored decides whether colours are written.
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

// unicode reports whether the locale is UTF-8 and the terminal has glyphs beyond ASCII. The kernel's console and real
// vt terminals have neither block eighths nor circles.
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

// env returns the value of a variable. The last one counts.
func (o Options) env(name string) string {
	value := ""
	for _, pair := range o.Env {
		if n, v, _ := strings.Cut(pair, "="); n == name {
			value = v
		}
	}
	return value
}

package theme

import (
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// A Style is a colour of the sixteen and a few attributes. It wraps text in escape sequences made beforehand,
// which costs a twentieth of a lipgloss style: a screen has some four hundred styled pieces and is drawn
// at every key. The zero Style leaves text as it is.
type Style struct {
	fg                                       ansi.BasicColor
	colored, bold, faint, reverse, underline bool

	on string // the sequence that turns it on
}

// made is the style with its sequences made.
func (s Style) made() Style {
	var seq ansi.Style
	if s.bold {
		seq = seq.Bold()
	}
	if s.faint {
		seq = seq.Faint()
	}
	if s.underline {
		seq = seq.Underline(true)
	}
	if s.reverse {
		seq = seq.Reverse(true)
	}
	if s.colored {
		seq = seq.ForegroundColor(s.fg)
	}
	s.on = ""
	if len(seq) > 0 {
		s.on = seq.String()
	}
	return s
}

// Render is the text in this style. The text must not be styled already.
func (s Style) Render(text string) string {
	if s.on == "" || text == "" {
		return text
	}
	return s.on + text + ansi.ResetStyle
}

// Bold is the style, bold.
func (s Style) Bold() Style {
	s.bold, s.faint = true, false
	return s.made()
}

// Faint is the style, dimmed.
func (s Style) Faint() Style {
	s.faint, s.bold = true, false
	return s.made()
}

// Underlined is the style with a line below.
func (s Style) Underlined() Style {
	s.underline = true
	return s.made()
}

// Lipgloss is the same style for components that take lipgloss styles.
func (s Style) Lipgloss() lipgloss.Style {
	l := lipgloss.NewStyle().Bold(s.bold).Faint(s.faint).Reverse(s.reverse).Underline(s.underline)
	if s.colored {
		l = l.Foreground(s.fg)
	}
	return l
}

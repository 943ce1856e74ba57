package theme

import (
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// A Style is one of the sixteen colours and some attributes. It wraps text in escape sequences that are made in
// advance, which costs a hundredth of a lipgloss style (docs/decisions/023): a screen has about four hundred styled
// pieces and is drawn at every key. The zero Style doesn't change text.
type Style struct {
	fg                                       ansi.BasicColor
	colored, bold, faint, reverse, underline bool

	on string // the sequence that turns it on
}

// made returns the style with its sequence.
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

// Render returns the text in this style. The text must not be styled yet.
func (s Style) Render(text string) string {
	if s.on == "" || text == "" {
		return text
	}
	return s.on + text + ansi.ResetStyle
}

// Bold returns the style in bold.
func (s Style) Bold() Style {
	s.bold, s.faint = true, false
	return s.made()
}

// Faint returns the style dimmed.
func (s Style) Faint() Style {
	s.faint, s.bold = true, false
	return s.made()
}

// Underlined returns the style underlined.
func (s Style) Underlined() Style {
	s.underline = true
	return s.made()
}

// Lipgloss returns the same style for components that take lipgloss styles.
func (s Style) Lipgloss() lipgloss.Style {
	l := lipgloss.NewStyle().Bold(s.bold).Faint(s.faint).Reverse(s.reverse).Underline(s.underline)
	if s.colored {
		l = l.Foreground(s.fg)
	}
	return l
}

package kit

import (
	"strings"
	"unicode"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"berth/ui/theme"
)

// LineKeys returns the keys that edit a typed line. Paste isn't among them, since the terminal pastes. The editor's own
// ctrl-v would read the clipboard of the machine that the program runs on, which over SSH isn't the user's computer.
func LineKeys() textinput.KeyMap {
	k := textinput.DefaultKeyMap()
	k.Paste.Unbind()
	k.AcceptSuggestion.Unbind()
	k.NextSuggestion.Unbind()
	k.PrevSuggestion.Unbind()
	return k
}

// A Line is one line of text that is being typed.
type Line struct{ input textinput.Model }

// NewLine returns a Line with the cursor at the end of its text. A prompt is in the colour of keys where it is one, as /
// is, and else stands out as a name does. The cursor doesn't blink: over SSH each blink sends bytes and wakes the process.
func NewLine(th theme.Theme, prompt, value string, limit int) Line {
	in := textinput.New()
	in.Prompt, in.CharLimit = prompt, limit
	asks := th.Strong
	if strings.TrimSpace(prompt) == "/" {
		asks = th.Accent
	}
	state := textinput.StyleState{
		Text: th.Plain.Lipgloss(), Placeholder: th.Dim.Lipgloss(),
		Suggestion: th.Dim.Lipgloss(), Prompt: asks.Lipgloss(),
	}
	in.SetStyles(textinput.Styles{Focused: state, Blurred: state})
	in.KeyMap = LineKeys()
	// ctrl-d and ctrl-k don't delete: tmux users press them to move.
	in.KeyMap.DeleteCharacterForward.SetKeys("delete")
	in.KeyMap.DeleteAfterCursor.Unbind()
	in.SetValue(value)
	in.CursorEnd()
	in.Focus()
	return Line{in}
}

// Masked returns the line with its text hidden.
func (l Line) Masked(th theme.Theme) Line {
	l.input.EchoMode = textinput.EchoPassword
	l.input.EchoCharacter = []rune(th.Mask)[0]
	return l
}

// Update handles a key or a paste.
func (l Line) Update(msg tea.Msg) Line {
	if paste, is := msg.(tea.PasteMsg); is { // a copied text often has blanks and line ends around it
		msg = tea.PasteMsg{Content: strings.TrimSpace(paste.Content)}
	}
	l.input, _ = l.input.Update(msg)
	return l
}

// Value returns the typed text.
func (l Line) Value() string { return l.input.Value() }

// View draws the line in at most w cells, with the cursor visible.
func (l Line) View(th theme.Theme, w int) string {
	l.input.SetWidth(max(w-theme.Width(l.input.Prompt)-1, 1))
	l.input.SetCursor(l.input.Position())
	return th.Clip(seen(l.input.View()), w)
}

// ViewAll draws the whole line, whatever its length.
func (l Line) ViewAll() string { return seen(l.input.View()) }

// seen leaves out the characters that have no width and could reverse a line's direction. A value may be another's text,
// such as a label.
func seen(view string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, view)
}

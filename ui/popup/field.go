package popup

import (
	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"berth/ui/theme"
)

// A field is one line of text being typed.
type field struct{ input textinput.Model }

// newField makes a field with the cursor at the end of its text. The cursor doesn't blink: over SSH each
// blink is bytes on the wire and a wake-up.
func newField(th theme.Theme, prompt, value string, limit int) field {
	in := textinput.New()
	in.Prompt, in.CharLimit = prompt, limit
	state := textinput.StyleState{
		Text: th.Plain.Lipgloss(), Placeholder: th.Dim.Lipgloss(),
		Suggestion: th.Dim.Lipgloss(), Prompt: th.Accent.Lipgloss(),
	}
	in.SetStyles(textinput.Styles{Focused: state, Blurred: state})
	// Its ctrl-v reads the clipboard of this machine, which over SSH isn't the user's; pasting comes as a
	// message of its own. ctrl-d and ctrl-k delete nothing here: tmux users press them to move.
	in.KeyMap.Paste = key.NewBinding()
	in.KeyMap.DeleteCharacterForward = key.NewBinding(key.WithKeys("delete"))
	in.KeyMap.DeleteAfterCursor = key.NewBinding()
	in.SetValue(value)
	in.CursorEnd()
	in.Focus()
	return field{in}
}

// masked is the field with its text hidden.
func (f field) masked(th theme.Theme) field {
	f.input.EchoMode = textinput.EchoPassword
	f.input.EchoCharacter = []rune(th.Mask)[0]
	return f
}

func (f field) update(msg tea.Msg) field {
	f.input, _ = f.input.Update(msg)
	return f
}

func (f field) value() string { return f.input.Value() }

// view draws the field in at most w cells, the cursor in sight.
func (f field) view(th theme.Theme, w int) string {
	f.input.SetWidth(max(w-theme.Width(f.input.Prompt)-1, 1))
	f.input.SetCursor(f.input.Position())
	return th.Clip(f.input.View(), w)
}

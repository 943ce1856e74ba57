package form

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
)

// A text is a field of one typed line, which may be drawn wrapped.
type text struct {
	field
	line    textinput.Model
	example string // shown dimmed while nothing is typed
	rows    int    // the most lines it is drawn on; 0 means one
}

// newText makes an empty text. The cursor doesn't blink, so that an idle screen writes nothing to the terminal.
func newText(f field, example string) text {
	line := textinput.New()
	line.KeyMap = lineKeys
	line.SetVirtualCursor(false)
	line.Focus()
	return text{field: f, line: line, example: example}
}

// lineKeys are the keys that a typed line handles.
var lineKeys = kit.LineKeys()

// lineBindings are the same keys as a list.
var lineBindings = []key.Binding{
	lineKeys.CharacterForward, lineKeys.CharacterBackward, lineKeys.WordForward, lineKeys.WordBackward,
	lineKeys.DeleteWordBackward, lineKeys.DeleteWordForward, lineKeys.DeleteAfterCursor,
	lineKeys.DeleteBeforeCursor, lineKeys.DeleteCharacterBackward, lineKeys.DeleteCharacterForward,
	lineKeys.LineStart, lineKeys.LineEnd,
}

// prints reports whether a key types characters.
func prints(k tea.KeyPressMsg) bool {
	return k.Text != "" && k.Mod&(tea.ModCtrl|tea.ModAlt) == 0
}

func (t *text) update(msg tea.Msg) (tea.Cmd, bool) {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		if !prints(m) && !key.Matches(m, lineBindings...) {
			return nil, false
		}
	case tea.PasteMsg:
		msg = tea.PasteMsg{Content: hold(strings.TrimSpace(model.UnixLines(m.Content)), false)}
	}
	var cmd tea.Cmd
	t.line, cmd = t.line.Update(msg)
	return cmd, true
}

// value returns what is typed.
func (t text) value() string { return release(t.line.Value()) }

// halves returns what is typed before and after the cursor.
func (t text) halves() (before, behind string) {
	typed, at := []rune(t.line.Value()), t.line.Position()
	return release(string(typed[:at])), release(string(typed[at:]))
}

// set replaces the text and moves the cursor to its end.
func (t *text) set(s string) {
	// The line's runes may be shared with the previous form; a new line shares nothing.
	t.line = newText(t.field, t.example).line
	t.line.SetValue(hold(s, false))
	t.line.CursorEnd()
}

func (t text) view(p pen) block {
	if t.rows > 1 && t.line.Value() != "" {
		cursor := -1
		if p.focused {
			cursor = t.line.Position()
		}
		return block{lines: p.typedOver([]rune(t.line.Value()), cursor, t.rows)}
	}
	return block{lines: []string{t.drawn(p)}}
}

// drawn draws the line itself.
func (t text) drawn(p pen) string {
	typed := []rune(t.line.Value())
	switch {
	case len(typed) == 0 && p.focused:
		return p.Focus.Render(" ") + p.Dim.Render(p.Clip(t.example, p.width-1))
	case len(typed) == 0:
		return p.Dim.Render(p.Clip(t.example, p.width))
	case p.focused:
		return p.typed(typed, t.line.Position())
	}
	return p.typed(typed, -1)
}

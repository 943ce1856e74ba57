package form

import (
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textarea"
	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// An area is a field of several lines. Until something is typed it only shows its text. So Enter moves on through the
// form as in every other field; while the user is typing, Enter makes a new line.
//
// Lines are drawn unwrapped, and the line with the cursor is scrolled sideways, because a script with wrapped lines is
// hard to read.
type area struct {
	field
	text    textarea.Model
	writing bool
}

// newArea makes an empty area.
func newArea(f field) area {
	f.wide = true
	t := textarea.New()
	t.Prompt, t.ShowLineNumbers = "", false
	t.MaxHeight, t.MaxWidth = 0, 0
	t.SetWidth(areaWidth)
	t.SetHeight(1)
	t.SetVirtualCursor(false)
	t.KeyMap.Paste.Unbind() // it pastes the machine's clipboard, not the user's: see lineKeys
	t.KeyMap.CopySelection.Unbind()
	t.KeyMap.LineEnd.SetKeys("end") // ctrl-e opens the editor
	for _, unused := range []*key.Binding{
		&t.KeyMap.LineNext, &t.KeyMap.LinePrevious, &t.KeyMap.PageUp, &t.KeyMap.PageDown,
		&t.KeyMap.SelectCharacterForward, &t.KeyMap.SelectCharacterBackward, &t.KeyMap.SelectWordForward,
		&t.KeyMap.SelectWordBackward, &t.KeyMap.SelectLineUp, &t.KeyMap.SelectLineDown, &t.KeyMap.SelectAll,
	} {
		unused.Unbind()
	}
	t.Focus()
	return area{field: f, text: t}
}

// areaWidth is the width at which the textarea would wrap a line. It is larger than any line, because lines must not
// wrap.
const areaWidth = 1000

func (a *area) update(msg tea.Msg) (tea.Cmd, bool) {
	switch m := msg.(type) {
	case tea.PasteMsg:
		a.writing = true
		return a.pass(tea.PasteMsg{Content: hold(model.UnixLines(m.Content), true)}), true
	case tea.KeyPressMsg:
		return a.press(m)
	}
	return nil, false
}

// press handles one key: the area's own while the user is typing in it, otherwise only a key that begins typing.
func (a *area) press(k tea.KeyPressMsg) (tea.Cmd, bool) {
	switch name := k.String(); {
	case name == "up":
		return nil, a.line(-1) || a.writing
	case name == "down":
		return nil, a.line(1) || a.writing
	case !a.writing && !prints(k) && name != "backspace":
		return nil, false
	case name == "esc":
		a.writing = false
		return nil, true
	case !prints(k) && !key.Matches(k, a.bindings()...):
		a.writing = false
		return nil, false
	}
	a.writing = true
	return a.pass(k), true
}

// bindings returns the textarea's keys that are in use.
func (a area) bindings() []key.Binding {
	k := a.text.KeyMap
	return []key.Binding{
		k.CharacterBackward, k.CharacterForward, k.DeleteAfterCursor, k.DeleteBeforeCursor,
		k.DeleteCharacterBackward, k.DeleteCharacterForward, k.DeleteWordBackward, k.DeleteWordForward,
		k.InsertNewline, k.LineEnd, k.LineStart, k.WordBackward, k.WordForward, k.InputBegin, k.InputEnd,
	}
}

// pass passes a message to the textarea.
func (a *area) pass(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	a.text, cmd = a.text.Update(msg)
	return cmd
}

// line moves the cursor one line up or down, if there is one. It first moves the cursor to the line's start or end,
// because the textarea's own move would stop at the parts into which it wraps very long lines.
func (a *area) line(by int) bool {
	column := a.text.Column()
	switch {
	case by < 0 && a.text.Line() > 0:
		a.text.CursorStart()
		a.text.CursorUp()
	case by > 0 && a.text.Line() < a.text.LineCount()-1:
		a.text.CursorEnd()
		a.text.CursorDown()
	default:
		return false
	}
	a.text.SetCursorColumn(column)
	return true
}

// value returns the whole text.
func (a area) value() string { return release(a.text.Value()) }

// set replaces the text and puts the cursor at its beginning.
func (a *area) set(s string) {
	*a = newArea(a.field)
	a.text.SetValue(hold(s, true))
	a.text.MoveToBegin()
}

func (a area) view(p pen) block {
	value := a.text.Value()
	if value == "" && !a.writing {
		return block{lines: []string{p.Dim.Render(p.Clip("nothing; type to write a script", p.width))}}
	}
	lines := strings.Split(value, "\n")
	digits := len(strconv.Itoa(len(lines)))
	b := block{focus: a.text.Line()}
	p.width -= digits + 1
	for i, l := range lines {
		cursor := -1
		if a.writing && p.focused && i == a.text.Line() {
			cursor = a.text.Column()
		}
		number := p.Dim.Render(p.PadLeft(strconv.Itoa(i+1), digits))
		b.lines = append(b.lines, number+" "+p.typed([]rune(l), cursor))
	}
	return b
}

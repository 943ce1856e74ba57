package ui

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// A question asks before something is done, and carries the command that does it. Cancel is the default:
// Enter alone changes nothing. Where a word is asked for, typing it is what chooses the other button.
type question struct {
	theme  theme.Theme
	title  string // names what it is about
	text   string
	does   string // the button's word
	word   string // to be typed; empty where the button is enough
	input  textinput.Model
	chosen bool // the button that does it is in focus
	wrong  bool // Enter came on another word
	cmd    tea.Cmd
}

// asked is a question with two buttons.
func asked(th theme.Theme, title, text, does string, cmd tea.Cmd) question {
	return question{theme: th, title: title, text: text, does: does, cmd: cmd}
}

// typed is a question that wants a word typed.
func (q question) typed(word string) question {
	q.word, q.input = word, newInput(q.theme, "")
	return q
}

func (q question) Update(msg tea.Msg) (overlay, tea.Cmd) {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return q, nil
	}
	switch key := press.String(); {
	case key == "esc", q.word == "" && (key == "n" || key == "q"):
		return nil, nil
	case key == "enter" && q.agreed():
		return nil, q.cmd
	case key == "enter" && (q.word == "" || q.input.Value() == ""):
		return nil, nil
	case key == "enter":
		q.wrong = true
		return q, nil
	case q.word != "":
		q.wrong = false
		var cmd tea.Cmd
		q.input, cmd = q.input.Update(msg)
		return q, cmd
	case key == "y":
		return nil, q.cmd
	case key == "tab", key == "shift+tab", key == "left", key == "right", key == "h", key == "l":
		q.chosen = !q.chosen
	}
	return q, nil
}

// agreed reports whether Enter does it.
func (q question) agreed() bool {
	if q.word == "" {
		return q.chosen
	}
	typed := strings.TrimSpace(q.input.Value())
	return strings.EqualFold(typed, q.word) || strings.EqualFold("C."+typed, q.word) // 7 is C.7, as in every command
}

func (q question) View(w, h int) string {
	th := q.theme
	w = min(w, 64)
	lines := theme.Wrap(q.text, w-4)
	lines = append(lines, "")
	if q.word != "" {
		lines = append(lines, "Type "+th.Strong.Render(q.word)+" to go on: "+q.input.View(), q.refusal())
	}
	return th.Frame(q.title, strings.Join(append(lines, q.buttons()), "\n"), w, min(len(lines)+3, h))
}

// refusal says why Enter didn't do it.
func (q question) refusal() string {
	if !q.wrong {
		return ""
	}
	return q.theme.Bad.Render("that isn't " + q.word + "; Esc leaves everything as it is")
}

// buttons draws both; the one that Enter presses stands out.
func (q question) buttons() string {
	th, agreed := q.theme, q.agreed()
	cancel, does := " Cancel ", " "+q.does+" "
	if agreed {
		return "[" + cancel + "]  " + th.Focus.Render("["+does+"]")
	}
	if q.word != "" {
		does = th.Dim.Render("[" + does + "]")
	} else {
		does = "[" + does + "]"
	}
	return th.Focus.Render("["+cancel+"]") + "  " + does
}

// An editor asks for one line of text and carries what to do with it.
type editor struct {
	theme theme.Theme
	title string
	hint  string
	input textinput.Model
	use   func(string) tea.Cmd
}

func edited(th theme.Theme, title, hint, value string, use func(string) tea.Cmd) editor {
	input := newInput(th, "")
	input.SetValue(value)
	input.CursorEnd()
	input.SetWidth(52)
	return editor{theme: th, title: title, hint: hint, input: input, use: use}
}

func (e editor) Update(msg tea.Msg) (overlay, tea.Cmd) {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		switch press.String() {
		case "esc":
			return nil, nil
		case "enter":
			return nil, e.use(strings.TrimSpace(e.input.Value()))
		}
	}
	var cmd tea.Cmd
	e.input, cmd = e.input.Update(msg)
	return e, cmd
}

func (e editor) View(w, h int) string {
	body := e.input.View() + "\n\n" + e.theme.Dim.Render(e.hint)
	return e.theme.Frame(e.title, body, min(w, 64), min(5, h))
}

// newInput is a line of text to type, whose cursor doesn't blink: a blinking one would write to the
// terminal twice a second for as long as it is open.
func newInput(th theme.Theme, prompt string) textinput.Model {
	in := textinput.New()
	in.Prompt = prompt
	styles := textinput.DefaultStyles(th.Dark)
	state := textinput.StyleState{
		Text: th.Plain.Lipgloss(), Placeholder: th.Dim.Lipgloss(), Suggestion: th.Dim.Lipgloss(), Prompt: th.Accent.Lipgloss(),
	}
	styles.Focused, styles.Blurred = state, state
	styles.Cursor.Blink = false
	styles.Cursor.Color = nil
	in.SetStyles(styles)
	in.CharLimit = model.MaxLabel
	in.Focus()
	return in
}

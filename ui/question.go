package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// A question shows a guard before something is done, and contains the command that does it. Cancel is the default:
// Enter alone changes nothing. If the guard asks for a word, typing that word selects the other button.
type question struct {
	theme  theme.Theme
	guard  model.Guard
	input  kit.Line
	chosen bool // the button that confirms has the focus
	wrong  bool // Enter was pressed after a wrong word
	cmd    tea.Cmd
}

// newQuestion returns the question for a guard.
func newQuestion(th theme.Theme, g model.Guard, cmd tea.Cmd) question {
	return question{theme: th, guard: g, input: kit.NewLine(th, "", "", model.MaxLabel), cmd: cmd}
}

func (q question) Update(msg tea.Msg) (overlay, tea.Cmd) {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return q, nil
	}
	switch key := press.String(); {
	case key == "esc", q.guard.Word == "" && (key == "n" || key == "q"):
		return nil, nil
	case key == "enter" && q.agreed():
		return nil, q.cmd
	case key == "enter" && (q.guard.Word == "" || q.input.Value() == ""):
		return nil, nil
	case key == "enter":
		q.wrong = true
		return q, nil
	case q.guard.Word != "":
		q.wrong = false
		q.input = q.input.Update(msg)
		return q, nil
	case key == "y":
		return nil, q.cmd
	case key == "tab", key == "shift+tab", key == "left", key == "right", key == "h", key == "l":
		q.chosen = !q.chosen
	}
	return q, nil
}

// agreed reports whether Enter runs the command.
func (q question) agreed() bool {
	if q.guard.Word == "" {
		return q.chosen
	}
	return q.guard.Agrees(q.input.Value())
}

func (q question) View(w, h int) string {
	th := q.theme
	w = min(w, 64)
	lines := theme.Wrap(theme.Text(q.guard.Text()), w-4)
	lines = append(lines, "")
	if q.guard.Word != "" {
		lines = append(lines, "Type "+th.Strong.Render(q.guard.Word)+" to go on: "+q.input.ViewAll(), q.refusal())
	}
	frame := th.Frame
	if q.guard.Danger {
		frame = th.Danger
	}
	return frame(theme.Text(q.guard.Title), strings.Join(append(lines, q.buttons()), "\n"), w, min(len(lines)+3, h))
}

// refusal says why Enter did nothing.
func (q question) refusal() string {
	if !q.wrong {
		return ""
	}
	return q.theme.Bad.Render("that isn't " + q.guard.Word + "; Esc leaves everything as it is")
}

// buttons draws both buttons and highlights the one that Enter presses.
func (q question) buttons() string {
	th, agreed := q.theme, q.agreed()
	cancel, does := " Cancel ", " "+q.guard.Does+" "
	if agreed {
		return "[" + cancel + "]  " + th.Focus.Render("["+does+"]")
	}
	if q.guard.Word != "" {
		does = th.Dim.Render("[" + does + "]")
	} else {
		does = "[" + does + "]"
	}
	return th.Focus.Render("["+cancel+"]") + "  " + does
}

// An editor asks for one line of text and passes it to use.
type editor struct {
	theme theme.Theme
	title string
	hint  string
	input kit.Line
	use   func(string) tea.Cmd
}

func newEditor(th theme.Theme, title, hint, value string, use func(string) tea.Cmd) editor {
	return editor{theme: th, title: title, hint: hint, input: kit.NewLine(th, "", value, model.MaxLabel), use: use}
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
	e.input = e.input.Update(msg)
	return e, nil
}

func (e editor) View(w, h int) string {
	const widest, edges = 64, 4
	w = min(w, widest)
	lines := []string{e.input.View(e.theme, w-edges), ""}
	for _, line := range theme.Wrap(e.hint, w-edges) {
		lines = append(lines, e.theme.Dim.Render(line))
	}
	return e.theme.Frame(e.title, strings.Join(lines, "\n"), w, min(len(lines)+2, h))
}

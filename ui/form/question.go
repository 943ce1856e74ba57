package form

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// A question is asked before something typed is lost. It carries what each answer does. The answer that loses nothing
// is selected when it opens.
type question[T any] struct {
	text  string
	no    string // the answer that loses nothing
	yes   string // the answer that does it
	sure  bool   // yes is selected
	onYes func(T) (T, tea.Cmd)
	onNo  func(T) T // nil: nothing to do
}

// open reports whether a question waits for an answer.
func (q question[T]) open() bool { return q.onYes != nil }

// answer handles a key while a question is open. It returns the question after the key, and the answer's function if it
// was answered.
func (q question[T]) answer(k tea.KeyPressMsg) (question[T], func(T) (T, tea.Cmd)) {
	stay := func(asker T) (T, tea.Cmd) {
		if q.onNo != nil {
			asker = q.onNo(asker)
		}
		return asker, nil
	}
	switch k.String() {
	case "left", "right", "tab", "shift+tab", "h", "l":
		q.sure = !q.sure
		return q, nil
	case "enter":
		if q.sure {
			return question[T]{}, q.onYes
		}
		return question[T]{}, stay
	case "y":
		return question[T]{}, q.onYes
	case "esc", "n":
		return question[T]{}, stay
	}
	return q, nil
}

// view draws the question in a box of at most w cells.
func (q question[T]) view(p pen, w int) string {
	inner := min(56, w) - 4
	lines := wrapped(p.Plain, q.text, inner)
	buttons := p.button(q.no, !q.sure) + "  " + p.button(q.yes, q.sure)
	lines = append(lines, "", buttons)
	return p.Frame("", strings.Join(lines, "\n"), inner+4, len(lines)+2)
}

// button draws an answer.
func (p pen) button(name string, focused bool) string {
	name = "[ " + name + " ]"
	if focused {
		return p.Focus.Render(name)
	}
	return name
}

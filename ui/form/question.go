package form

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// A question is asked before something typed is lost. It carries what to do; the answer that loses nothing is
// the one in focus when it opens.
type question[T any] struct {
	text  string
	no    string // the answer that loses nothing
	yes   string // the one that does
	sure  bool   // yes is in focus
	onYes func(T) (T, tea.Cmd)
	onNo  func(T) T // nil where nothing is to do
}

// open reports whether a question waits for its answer.
func (q question[T]) open() bool { return q.onYes != nil }

// answer is a key while a question is open: the question after it, and what to do if it was answered.
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

// view draws the question as a box of at most w cells.
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

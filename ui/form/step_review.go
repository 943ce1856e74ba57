package form

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// A reviewStep shows the order as a docker run, names the instance, and can save the order as a template.
type reviewStep struct {
	editing bool // a template
	run     paper
	label   text
	saveAs  text
}

func newReviewStep(editing bool) reviewStep {
	s := reviewStep{
		editing: editing,
		run:     paper{field: field{label: "The same with docker", hint: "y copies it; Enter launches", wide: true}},
		label:   newText(field{key: "label", label: "Label", hint: "a display name for the instance; it can be changed any time"}, "none"),
		saveAs:  newText(field{key: saveAsKey, label: "Save as", hint: "type a name; Enter keeps the order as a template of that name"}, "a template"),
	}
	if editing {
		s.run.hint = "Enter saves the template"
	}
	return s
}

// Places among the inputs. The label is where the review begins: what is typed there at once is one.
const (
	labelInput  = 0
	runInput    = 1
	saveAsInput = 2
)

// saveAsKey is the field of faults of the template's name. An order has none of that name.
const saveAsKey = "save as"

// faults are what is wrong with the name that the order is to be saved by.
func (s *reviewStep) faults() model.Faults {
	var faults model.Faults
	for _, f := range (model.Order{Name: s.saveAs.value(), Image: "any"}).Check().Of("name") {
		f.Field = saveAsKey
		faults = append(faults, f)
	}
	return faults
}

func (s *reviewStep) see(Inputs)           {}
func (s *reviewStep) load(o model.Order)   { s.label.set(o.Label) }
func (s *reviewStep) store(o *model.Order) { o.Label = s.label.value() }

func (s *reviewStep) inputs() []input {
	in := []input{&s.label, &s.run}
	if !s.editing {
		in = append(in, &s.saveAs)
	}
	return in
}

// A paper is text to read and to copy.
type paper struct {
	field
	text  string // what is copied
	shown string // the same for the screen
	at    int    // the line that must be in view
}

func (t *paper) update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil, false
	}
	if k.String() == "y" {
		whole := t.text
		return func() tea.Msg { return Copy{Text: whole} }, true
	}
	to := t.at + alongside(k)
	if to == t.at || to < 0 || to > strings.Count(t.shown, "\n") {
		return nil, false
	}
	t.at = to
	return nil, true
}

func (t paper) view(p pen) block {
	var b block
	for i, l := range strings.Split(t.shown, "\n") {
		if i == t.at {
			b.focus = len(b.lines)
		}
		b.lines = append(b.lines, theme.Wrap(theme.Text(l), p.width)...)
	}
	return b
}

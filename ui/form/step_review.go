package form

import (
	"cmp"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// A reviewStep shows the order as a docker run command, labels the instance, and can save the order as a template.
type reviewStep struct {
	editing bool // editing a template
	run     textView
	label   text
	time    text
	keep    toggle
	saveAs  text

	idle model.IdleRule // the machine's
	gpus int            // that the order asks for
}

func newReviewStep(editing bool) reviewStep {
	s := reviewStep{
		editing: editing,
		run:     textView{field: field{label: "The same with docker", hint: "y copies it; Enter launches", wide: true}},
		label:   newText(field{key: "label", label: "Label", hint: "a display name for the instance; it can be changed any time"}, "none"),
		time:    newText(field{key: "for", label: "Stop after", hint: "such as 8h, 3d, or at 18:00; it is stopped then, and its files stay"}, "never"),
		keep:    toggle{field: field{key: "keep", label: "Idle", hint: "for an instance that has to hold its GPUs while they compute nothing"}},
		saveAs:  newText(field{key: saveAsKey, label: "Save as", hint: "type a name; Enter keeps the order as a template of that name"}, "a template"),
	}
	if editing {
		s.run.hint = "Enter saves the template"
	}
	return s
}

// Positions of the inputs. The label is focused first, so what is typed there at once is the label.
const (
	labelInput  = 0
	runInput    = 1
	saveAsInput = 2
)

// saveAsKey is the field of faults of the template's name. No field of an order has this name.
const saveAsKey = "save as"

// faults reports what is wrong with the name that the order is to be saved under.
func (s *reviewStep) faults() model.Faults {
	var faults model.Faults
	for _, f := range (model.Order{Name: s.saveAs.value(), Image: "any"}).Check().Of("name") {
		f.Field = saveAsKey
		faults = append(faults, f)
	}
	if given := s.time.value(); given != "" {
		if _, _, ok := timeTyped(given); !ok {
			faults = append(faults, model.Fault{Field: "for", Value: given, Reason: "type a length of time such as 90m, 8h or 3d, or a moment such as 18:00"})
		}
	}
	return faults
}

// timeTyped reads a length of time, or a moment.
func timeTyped(given string) (span model.Span, until string, ok bool) {
	if span, err := model.ParseSpan(given); err == nil {
		return span, "", true
	}
	if strings.Contains(given, ":") { // whether that moment is to come is seen at the launch
		return 0, given, true
	}
	return 0, "", false
}

// see says when the machine's owner ends a run that nobody set an end for, and what an instance can be exempt from.
func (s *reviewStep) see(in Inputs) {
	s.idle = in.Capacity.Policy.Idle
	s.keep.name = "exempt from the machine's idle rule"
	if s.idle.After > 0 {
		s.keep.name = "exempt from " + s.idle.String()
	}
	s.time.example = "never"
	if limit := in.Capacity.Policy.Time; limit.Default > 0 || limit.Longest > 0 {
		s.time.example = cmp.Or(limit.Default, limit.Longest).String() + ", the machine's rule"
	}
}

func (s *reviewStep) load(o model.Order) {
	s.label.set(o.Label)
	s.keep.on = o.Keep
	s.time.set(o.Until)
	if o.For > 0 {
		s.time.set(o.For.String())
	}
}

func (s *reviewStep) store(o *model.Order) {
	o.Label, o.Keep = s.label.value(), s.keep.on
	s.gpus = o.GPUs
	o.For, o.Until, _ = timeTyped(s.time.value())
}

func (s *reviewStep) inputs() []input {
	in := []input{&s.label, &s.run}
	if !s.editing {
		in = append(in, &s.saveAs)
	}
	in = append(in, &s.time)
	if s.keepable() {
		in = append(in, &s.keep)
	}
	return in
}

// keepable reports whether the question of an exemption makes sense: the order asks for one already, or for GPUs that a
// rule of this machine watches, and the rule lets users exempt them. A template may go to another machine.
func (s *reviewStep) keepable() bool {
	return s.keep.on || s.gpus > 0 && (s.editing || s.idle.After > 0 && s.idle.Keep)
}

// A textView is text to read and to copy.
type textView struct {
	field
	text  string // what is copied
	shown string // what is shown
	at    int    // the line that must be visible
}

func (t *textView) update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil, false
	}
	if k.String() == "y" {
		if t.text == "" {
			return nil, true
		}
		whole := t.text
		return func() tea.Msg { return Copy{Text: whole} }, true
	}
	to := t.at + columnMove(k)
	if to == t.at || to < 0 || to > strings.Count(t.shown, "\n") {
		return nil, false
	}
	t.at = to
	return nil, true
}

func (t textView) view(p pen) block {
	var b block
	for i, l := range strings.Split(t.shown, "\n") {
		if i == t.at {
			b.focus = len(b.lines)
		}
		b.lines = append(b.lines, theme.Wrap(theme.Text(l), p.width)...)
	}
	return b
}

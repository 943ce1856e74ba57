package form

import (
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// Inputs is the data that a form is opened with.
type Inputs struct {
	Templates   []model.Template
	Recent      []model.Order // the user's last launches, newest first
	Start       *model.Order  // an order to begin with: the selected instance's, or one that failed
	Faults      model.Faults  // of the launch that failed
	Failed      string        // the same as a sentence, if the reason isn't about a field
	Capacity    model.Capacity
	Images      []string // references that the engine has
	PublicIP    string   // where ports are reached; empty if unknown
	OfferedKeys []string // the user's SSH public keys that aren't in the account
}

// A Form asks for an order or for a template: a draft, with the keys and questions around it.
type Form struct {
	draft
	keys    KeyMap
	asked   question[Form]
	help    bool
	waiting bool // a launch or a save was requested and isn't answered yet
	left    bool // the user has left the form
}

// A draft is what the fields say, and what results from it.
type draft struct {
	in    Inputs
	th    theme.Theme
	pages pages
	position
	outcome

	template *model.Template // the template being edited; nil for a launch
	base     model.Order     // the order that the steps were loaded from; it has what no step asks for
	clean    model.Order     // the order after loading: any difference is an edit
	from     int             // the row of the list that base came from
	refusal  refusal
	stray    string // the last typed text, if the focused field refused it
}

// A position is where the user is in the form.
type position struct {
	at    stepID
	focus [stepCount]int  // each step's focused field
	seen  [stepCount]bool // steps that were visited
}

// An outcome is what the fields result in.
type outcome struct {
	order  model.Order
	plan   model.Plan
	faults model.Faults // what prevents the launch
}

// New opens the form for a launch. It begins with the given order, otherwise the last one launched, otherwise the first
// template.
func New(in Inputs, th theme.Theme) Form {
	f := newForm(in, th, nil)
	start := model.Order{}
	if o, ok := f.pages.source.chosen(); ok {
		start = o
	}
	f.draft = f.withOrder(start)
	if len(in.Faults) > 0 {
		f = f.WithFailure(in.Faults)
	}
	if in.Failed != "" {
		f.refusal = refusal{of: f.order, words: in.Failed}
	}
	return f
}

// edit opens the form for a template.
func edit(t model.Template, in Inputs, th theme.Theme) Form {
	f := newForm(in, th, &t)
	f.pages.source.what.set(t.Description)
	f.draft = f.withOrder(t.Order)
	return f
}

// newForm makes a form with empty fields.
func newForm(in Inputs, th theme.Theme, t *model.Template) Form {
	editing := t != nil
	d := draft{in: in, th: th, template: t, pages: pages{
		source:  newSourceStep(in, editing),
		gpus:    newGPUStep(),
		mode:    newModeStep(in, editing),
		options: newOptionsStep(),
		disk:    newDiskStep(),
		data:    newDataStep(),
		onstart: newOnStartStep(),
		review:  newReviewStep(editing),
	}}
	d.seen[stepSource] = true
	return Form{draft: d, keys: DefaultKeyMap()}.WithCapacity(in.Capacity)
}

// WithKeys returns the form with other keys.
func (f Form) WithKeys(k KeyMap) Form {
	f.keys = k
	return f
}

// WithCapacity returns the form for the machine as it is now. It changes no value that the user gave; what the order
// would get may change.
func (f Form) WithCapacity(c model.Capacity) Form {
	f.in.Capacity = c
	for _, s := range f.pages.all() {
		s.see(f.in)
	}
	f.draft = f.replan()
	return f
}

// Update handles a key, a paste, or the result of the on-start script's editor.
func (f Form) Update(msg tea.Msg) (Form, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return f.press(msg)
	case tea.PasteMsg:
		if f.asked.open() || f.help {
			return f, nil
		}
		f, cmd, _ := f.toField(msg)
		return f, cmd
	case scriptReady:
		return f, msg.open()
	case scriptEdited:
		return f.edited(msg), nil
	}
	return f, nil
}

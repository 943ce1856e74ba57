package form

import (
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// Inputs is what a form is opened with.
type Inputs struct {
	Templates   []model.Template
	Recent      []model.Order // the user's last launches, the last one first
	Start       *model.Order  // an order to begin with: like the selected instance's, or the one that failed
	Faults      model.Faults  // of the launch that failed
	Failed      string        // the same in a sentence, where the reason is no field's
	Capacity    model.Capacity
	Images      []string // references the engine has
	PublicIP    string   // where ports are reached; empty where unknown
	OfferedKeys []string // the SSH public keys that the user has at hand and the account doesn't have
}

// A Form asks for an order, or for a template: a draft, and the keys and questions around it.
type Form struct {
	draft
	keys    KeyMap
	asked   question[Form]
	help    bool
	waiting bool // a launch or a save was asked for and not answered yet
	left    bool // the user went away
}

// A draft is what the fields say, and what comes of it.
type draft struct {
	in    Inputs
	th    theme.Theme
	pages pages
	place
	outcome

	template *model.Template // what is edited; nil for a launch
	base     model.Order     // what the steps were loaded from; carries what no step asks for
	clean    model.Order     // the order as it was loaded: any other one is an edit
	from     int             // the row of the list that base came from
	refusal  refusal
	stray    string // what was typed last, where the field in focus doesn't take it
}

// A place is where the user is.
type place struct {
	at    stepID
	focus [stepCount]int  // each step's field in focus
	seen  [stepCount]bool // steps that were visited
}

// An outcome is what the fields come to.
type outcome struct {
	order  model.Order
	plan   model.Plan
	faults model.Faults // what prevents the launch
}

// New opens the form for a launch: on the order to begin with, or the last one launched, or the first template.
func New(in Inputs, th theme.Theme) Form {
	f := opened(in, th, nil)
	start := model.Order{}
	if o, ok := f.pages.source.chosen(); ok {
		start = o
	}
	f.draft = f.loaded(start)
	if len(in.Faults) > 0 {
		f = f.WithFailure(in.Faults)
	}
	if in.Failed != "" {
		f.refusal = refusal{of: f.order, words: in.Failed}
	}
	return f
}

// edit opens the form on a template.
func edit(t model.Template, in Inputs, th theme.Theme) Form {
	f := opened(in, th, &t)
	f.pages.source.what.set(t.Description)
	f.draft = f.loaded(t.Order)
	return f
}

// opened makes a form with empty fields.
func opened(in Inputs, th theme.Theme, t *model.Template) Form {
	editing := t != nil
	d := draft{in: in, th: th, template: t, pages: pages{
		source:  newSourceStep(in, editing),
		gpus:    newGPUStep(),
		mode:    newModeStep(in, editing),
		options: newOptionsStep(),
		disk:    newDiskStep(),
		onstart: newOnStartStep(),
		review:  newReviewStep(editing),
	}}
	d.seen[stepSource] = true
	return Form{draft: d, keys: DefaultKeyMap()}.WithCapacity(in.Capacity)
}

// WithKeys is the form with other keys.
func (f Form) WithKeys(k KeyMap) Form {
	f.keys = k
	return f
}

// WithCapacity is the form on the machine as it is now. No value the user gave changes; what it gets may.
func (f Form) WithCapacity(c model.Capacity) Form {
	f.in.Capacity = c
	for _, s := range f.pages.all() {
		s.see(f.in)
	}
	f.draft = f.replanned()
	return f
}

// Update takes a key, a paste, or the answer of the on-start script's editor.
func (f Form) Update(msg tea.Msg) (Form, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return f.press(msg)
	case tea.PasteMsg:
		if f.asked.open() || f.help {
			return f, nil
		}
		f, cmd, _ := f.hand(msg)
		return f, cmd
	case scriptReady:
		return f, msg.open()
	case scriptEdited:
		return f.edited(msg), nil
	}
	return f, nil
}

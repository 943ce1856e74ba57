package form

import (
	"reflect"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
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
	OfferedKeys []string // the user's own SSH public key lines that the account doesn't have
}

// A Form asks for an order, or for a template.
type Form struct {
	in    Inputs
	th    theme.Theme
	keys  KeyMap
	pages pages
	place
	outcome

	template *model.Template // what is edited; nil for a launch
	base     model.Order     // what the steps were loaded from; carries what no step asks for
	clean    model.Order     // the order as it was loaded: any other one is an edit
	marked   int             // the row of the list that base came from

	refusal refusal
	asked   question[Form]
	help    bool
	waiting bool // a launch or a save was asked for and not answered yet
	left    bool // the user went away
}

// A place is where the user is.
type place struct {
	at    stepID
	focus [stepCount]int  // each step's field in focus
	seen  [stepCount]bool // steps that were looked at
}

// An outcome is what the fields come to.
type outcome struct {
	order  model.Order
	plan   model.Plan
	faults model.Faults // what keeps the order from being launched
}

// New opens the form for a launch: on the order to begin with, or the last one launched, or the first template.
func New(in Inputs, th theme.Theme) Form {
	f := opened(in, th, nil)
	start := model.Order{}
	if o, ok := f.pages.source.chosen(); ok {
		start = o
	}
	f = f.load(start)
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
	return f.load(t.Order)
}

// opened makes a form with empty fields.
func opened(in Inputs, th theme.Theme, t *model.Template) Form {
	editing := t != nil
	if editing {
		in.OfferedKeys = nil
	}
	f := Form{in: in, th: th, keys: DefaultKeyMap(), template: t, pages: pages{
		source:  newSourceStep(in, editing),
		gpus:    newGPUStep(),
		mode:    newModeStep(in.OfferedKeys),
		options: newOptionsStep(),
		disk:    newDiskStep(),
		onstart: newOnStartStep(),
		review:  newReviewStep(editing),
	}}
	f.seen[stepSource] = true
	f.focus[stepReview] = runInput
	return f.WithCapacity(in.Capacity)
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
	return f.replanned()
}

// Order is what the fields say now.
func (f Form) Order() model.Order { return f.order }

// stored reads the order from the fields. Those of another mode keep their text, for who comes back to it, and
// aren't in the order.
func (f *Form) stored() model.Order {
	o := f.base
	for _, s := range f.pages.all() {
		s.store(&o)
	}
	return o.InMode(o.Mode)
}

// Edited reports whether closing the form would lose something that was typed.
func (f Form) Edited() bool {
	return !reflect.DeepEqual(f.order, f.clean) || f.template != nil && f.pages.source.what.value() != f.template.Description
}

// load fills all steps from an order.
func (f Form) load(o model.Order) Form {
	f.base = o.WithDefaults()
	f.marked = f.pages.source.list.at
	for _, s := range f.pages.all() {
		s.load(f.base)
	}
	f.clean = f.stored()
	return f.replanned()
}

// replanned works out anew what the order gets.
func (f Form) replanned() Form {
	o := f.stored()
	f.order = o
	f.plan, f.faults = model.Propose(o, f.in.Capacity)
	if f.template != nil { // what is free now is no fault of a template
		f.faults = append(templateFaults(o), o.Check()...)
	}
	for _, s := range f.pages.all() {
		if c, ok := s.(checker); ok {
			f.faults = append(f.faults, c.faults()...)
		}
	}
	f.plan.Keys = append(f.plan.Keys, f.pages.mode.addKeys()...)
	f.pages.onstart.unused = !o.Mode.Launcher()
	f.pages.review.run.text = model.DockerRun(o, f.plan)
	f.pages.review.run.shown = model.DockerRun(o, f.discreet())
	step := f.pages.all()[f.at]
	f.focus[f.at] = kit.Clamp(f.focus[f.at], len(step.inputs()))
	return f
}

// discreet is the plan without the values of the account's variables, which nobody asked to see here.
func (f Form) discreet() model.Plan {
	p := f.plan
	p.Env = slices.Clone(p.Env)
	for i, v := range p.Env {
		if slices.Contains(f.in.Capacity.Account.Env, v) {
			p.Env[i].Value = strings.Repeat(f.th.Mask, 8)
		}
	}
	return p
}

// templateFaults are what only a template's order must have.
func templateFaults(o model.Order) model.Faults {
	if o.Name != "" {
		return nil
	}
	return model.Faults{{Field: "name", Reason: "a template needs a name"}}
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

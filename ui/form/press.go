package form

import (
	"fmt"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// press handles one key: for an open question, otherwise for the field, otherwise for the form.
func (f Form) press(k tea.KeyPressMsg) (Form, tea.Cmd) {
	f.stray = ""
	switch {
	case f.asked.open():
		var do func(Form) (Form, tea.Cmd)
		if f.asked, do = f.asked.answer(k); do != nil {
			return do(f)
		}
		return f, nil
	case f.help:
		f.help = false
		return f, nil
	case f.at == stepOnStart && key.Matches(k, f.keys.Editor):
		return f, writeScript(f.pages.onstart.script.value())
	}
	f, cmd, taken := f.toField(k)
	switch {
	case taken:
		return f, cmd
	case !prints(k) || f.keys.bound(k):
		return f.move(k)
	case f.at == stepReview: // typing on the review goes to the label, wherever the focus is
		f.focus[stepReview] = labelInput
		f, cmd, _ = f.toField(k)
		return f, cmd
	}
	f.stray = k.Text
	return f, cmd
}

// toField passes a message to the focused field.
func (f Form) toField(msg tea.Msg) (Form, tea.Cmd, bool) {
	at, step := f.focus[f.at], f.pages.all()[f.at]
	in := step.inputs()[at]
	if paste, is := msg.(tea.PasteMsg); is && f.at == stepOptions && f.pages.options.paste(at, paste.Content) {
		f.draft = f.replan()
		return f, nil, true
	}
	cmd, taken := in.update(msg)
	if !taken {
		return f, cmd, false
	}
	f.waiting = false
	if f.at == stepOptions {
		f.pages.options.sync(at)
	}
	// The key may have added or removed fields: keep the focus on the field, not on its position.
	if now := slices.Index(step.inputs(), in); now >= 0 {
		f.focus[f.at] = now
	}
	f.draft = f.replan()
	if f.pages.source.list.chosen != f.from {
		f = f.takeChosen()
	}
	return f, cmd, true
}

// takeChosen fills the steps from the row that was chosen. If that would lose something typed, it asks first.
func (f Form) takeChosen() Form {
	order, ok := f.pages.source.chosen()
	if !ok {
		return f
	}
	if !f.Edited() {
		f.draft = f.withOrder(order)
		return f
	}
	f.asked = question[Form]{
		text: fmt.Sprintf("Fill the form from %s? What you changed in it is lost, but for the label.", orderName(order)),
		no:   "Keep mine", yes: "Fill",
		onYes: func(f Form) (Form, tea.Cmd) {
			f.draft = f.withOtherOrder(order)
			return f, nil
		},
		onNo: func(f Form) Form {
			f.pages.source.list.chosen = f.from
			return f
		},
	}
	return f
}

// orderName names an order by its template, otherwise by its image.
func orderName(o model.Order) string {
	if o.Name != "" {
		return o.Name
	}
	return o.Image
}

// move handles a key that no field handled.
func (f Form) move(k tea.KeyPressMsg) (Form, tea.Cmd) {
	inputs := len(f.pages.all()[f.at].inputs())
	switch {
	case key.Matches(k, f.keys.Cancel):
		return f.cancel()
	case key.Matches(k, f.keys.Review):
		return f.goToStep(stepReview), nil
	case key.Matches(k, f.keys.Next) && f.at == stepReview:
		return f.finish()
	case key.Matches(k, f.keys.Next, f.keys.NextStep):
		return f.goToStep(f.at + 1), nil
	case key.Matches(k, f.keys.PrevStep):
		return f.goToStep(f.at - 1), nil
	case key.Matches(k, f.keys.NextField):
		f.focus[f.at] = (f.focus[f.at] + 1) % inputs
	case key.Matches(k, f.keys.PrevField):
		f.focus[f.at] = (f.focus[f.at] + inputs - 1) % inputs
	case key.Matches(k, f.keys.Help):
		f.help = true
	}
	for id, jump := range f.keys.Jump {
		if key.Matches(k, jump) {
			return f.goToStep(stepID(id)), nil
		}
	}
	return f, nil
}

// goToStep goes to a step. The option rows are made again, so that emptied rows disappear.
func (f Form) goToStep(id stepID) Form {
	f.at = stepID(kit.Clamp(int(id), int(stepCount)))
	f.seen[f.at] = true
	f.pages.options.readLine()
	f.draft = f.replan()
	return f
}

// goToFirstFault goes to the first fault and focuses its field.
func (f Form) goToFirstFault() Form { return f.goToFault(f.wrong()[0]) }

// goToFault goes to a fault and focuses its field.
func (f Form) goToFault(fault model.Fault) Form {
	f = f.goToStep(stepOf(fault.Field))
	if at := f.inputFor(fault); at >= 0 {
		f.focus[f.at] = at
	}
	return f
}

// cancel leaves the form. If that would lose something typed, it asks first.
func (f Form) cancel() (Form, tea.Cmd) {
	leave := func(f Form) (Form, tea.Cmd) {
		f.left = true
		return f, emit(Cancelled{})
	}
	if !f.Edited() {
		return leave(f)
	}
	f.asked = question[Form]{
		text: fmt.Sprintf("Leave this order of %s? What you typed is lost.", orderName(f.order)),
		no:   "Go on", yes: "Leave", onYes: leave,
	}
	if f.template != nil {
		f.asked.text = fmt.Sprintf("Leave the template %s unsaved? What you typed is lost.", f.order.Name)
	}
	return f, nil
}

// finish handles Enter on the review: it launches, or saves the order as a template.
func (f Form) finish() (Form, tea.Cmd) {
	if wrong := f.faults.Of(saveAsKey); len(wrong) > 0 && f.savesTemplate() {
		return f.goToFault(wrong[0]), nil
	}
	if f.savesTemplate() {
		return f.saveTemplate(f.pages.review.saveAs.value())
	}
	switch {
	case f.waiting:
		return f, nil
	case len(f.faults) > 0:
		if place, waits := f.order.Waits(f.in.Capacity); waits && f.template == nil {
			f.asked = f.offerLine(place)
			return f, nil
		}
		return f.goToFirstFault(), nil
	}
	order := f.order
	if f.template != nil {
		t := *f.template
		t.Order, t.Description = order, f.pages.source.what.value()
		f.waiting = true
		return f, emit(SaveTemplate{Template: t})
	}
	f.waiting = true
	f.refusal = refusal{}
	return f, emit(Submitted{Order: order, AddKeys: f.pages.mode.addKeys()})
}

// offerLine returns the question whether the order should wait for GPUs that aren't free. It is asked if the order has
// no other fault.
func (f Form) offerLine(place string) question[Form] {
	wait := "aren't free now. Wait for them?"
	if f.order.GPUs == 1 {
		wait = "isn't free now. Wait for it?"
	}
	return question[Form]{
		text: fmt.Sprintf("%s %s It would be %s. Stop gives the place up.", model.CountGPUs(f.order.GPUs), wait, theme.Text(place)),
		no:   "Not now", yes: "Wait",
		onYes: func(f Form) (Form, tea.Cmd) {
			order := f.order
			order.Queue = true
			f.waiting = true
			return f, emit(Submitted{Order: order, AddKeys: f.pages.mode.addKeys()})
		},
		onNo: Form.goToFirstFault,
	}
}

// savesTemplate reports whether Enter on the review saves the order as a template instead of launching it.
func (d draft) savesTemplate() bool {
	return d.template == nil && d.pages.review.saveAs.value() != "" && d.focus[stepReview] == saveAsInput
}

// saveTemplate saves the order as a template. The order may ask for what isn't free now, but it must be valid in
// itself.
func (f Form) saveTemplate(name string) (Form, tea.Cmd) {
	order := f.order
	order.Name = name
	if faults := order.Check(); len(faults) > 0 {
		f.refusal = refusal{of: f.order, words: "a template can't be made of this: " + model.Said(faults[0])}
		return f.goToFault(faults[0]), nil
	}
	f.pages.review.saveAs.set("")
	f.focus[stepReview] = labelInput
	return f, emit(SaveTemplate{Template: model.Template{Order: order, Source: model.SourceUser}})
}

// emit returns a command that yields a message.
func emit(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

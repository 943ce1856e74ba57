package form

import (
	"fmt"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
)

// press is one key: an open question's, then the field's, then the form's.
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
	f, cmd, taken := f.hand(k)
	switch {
	case taken:
		return f, cmd
	case !prints(k) || f.keys.bound(k):
		return f.move(k)
	case f.at == stepReview: // typed beside the label, it is the label all the same
		f.focus[stepReview] = labelInput
		f, cmd, _ = f.hand(k)
		return f, cmd
	}
	f.stray = k.Text
	return f, cmd
}

// hand gives a message to the field in focus.
func (f Form) hand(msg tea.Msg) (Form, tea.Cmd, bool) {
	at, step := f.focus[f.at], f.pages.all()[f.at]
	in := step.inputs()[at]
	if paste, is := msg.(tea.PasteMsg); is && f.at == stepOptions && f.pages.options.paste(at, paste.Content) {
		f.draft = f.replanned()
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
	// The key may have brought fields or taken some away: the focus stays on the field, not on its place.
	if now := slices.Index(step.inputs(), in); now >= 0 {
		f.focus[f.at] = now
	}
	f.draft = f.replanned()
	if f.pages.source.list.chosen != f.from {
		f = f.takeChosen()
	}
	return f, cmd, true
}

// takeChosen fills the steps from the row that was chosen. What was typed before isn't lost unasked.
func (f Form) takeChosen() Form {
	order, ok := f.pages.source.chosen()
	if !ok {
		return f
	}
	if !f.Edited() {
		f.draft = f.loaded(order)
		return f
	}
	f.asked = question[Form]{
		text: fmt.Sprintf("Fill the form from %s? What you changed in it is lost, but for the label.", orImage(order)),
		no:   "Keep mine", yes: "Fill",
		onYes: func(f Form) (Form, tea.Cmd) {
			f.draft = f.refilled(order)
			return f, nil
		},
		onNo: func(f Form) Form {
			f.pages.source.list.chosen = f.from
			return f
		},
	}
	return f
}

// orImage names an order by its template or its image.
func orImage(o model.Order) string {
	if o.Name != "" {
		return o.Name
	}
	return o.Image
}

// move is a key that no field took.
func (f Form) move(k tea.KeyPressMsg) (Form, tea.Cmd) {
	inputs := len(f.pages.all()[f.at].inputs())
	switch {
	case key.Matches(k, f.keys.Cancel):
		return f.cancel()
	case key.Matches(k, f.keys.Review):
		return f.to(stepReview), nil
	case key.Matches(k, f.keys.Next) && f.at == stepReview:
		return f.finish()
	case key.Matches(k, f.keys.Next, f.keys.NextStep):
		return f.to(f.at + 1), nil
	case key.Matches(k, f.keys.PrevStep):
		return f.to(f.at - 1), nil
	case key.Matches(k, f.keys.NextField):
		f.focus[f.at] = (f.focus[f.at] + 1) % inputs
	case key.Matches(k, f.keys.PrevField):
		f.focus[f.at] = (f.focus[f.at] + inputs - 1) % inputs
	case key.Matches(k, f.keys.Help):
		f.help = true
	}
	for id, jump := range f.keys.Jump {
		if key.Matches(k, jump) {
			return f.to(stepID(id)), nil
		}
	}
	return f, nil
}

// to goes to a step. The option rows are made anew on the way, so that emptied ones are gone.
func (f Form) to(id stepID) Form {
	f.at = stepID(kit.Clamp(int(id), int(stepCount)))
	f.seen[f.at] = true
	f.pages.options.readLine()
	f.draft = f.replanned()
	return f
}

// toFault goes to the first fault, its field in focus.
func (f Form) toFault() Form { return f.toThe(f.wrong()[0]) }

// toThe goes to a fault, its field in focus.
func (f Form) toThe(fault model.Fault) Form {
	f = f.to(stepOf(fault.Field))
	if at := f.beside(fault); at >= 0 {
		f.focus[f.at] = at
	}
	return f
}

// cancel leaves the form; what was typed isn't lost unasked.
func (f Form) cancel() (Form, tea.Cmd) {
	leave := func(f Form) (Form, tea.Cmd) {
		f.left = true
		return f, tell(Cancelled{})
	}
	if !f.Edited() {
		return leave(f)
	}
	f.asked = question[Form]{
		text: fmt.Sprintf("Leave this order of %s? What you typed is lost.", orImage(f.order)),
		no:   "Go on", yes: "Leave", onYes: leave,
	}
	if f.template != nil {
		f.asked.text = fmt.Sprintf("Leave the template %s unsaved? What you typed is lost.", f.order.Name)
	}
	return f, nil
}

// finish is Enter on the review: it launches, or saves the order as a template.
func (f Form) finish() (Form, tea.Cmd) {
	if wrong := f.faults.Of(saveAsKey); len(wrong) > 0 && f.savesTemplate() {
		return f.toThe(wrong[0]), nil
	}
	if f.savesTemplate() {
		return f.saveTemplate(f.pages.review.saveAs.value())
	}
	switch {
	case f.waiting:
		return f, nil
	case len(f.faults) > 0:
		return f.toFault(), nil
	}
	order := f.order
	if f.template != nil {
		t := *f.template
		t.Order, t.Description = order, f.pages.source.what.value()
		f.waiting = true
		return f, tell(SaveTemplate{Template: t})
	}
	f.waiting = true
	f.refusal = refusal{}
	return f, tell(Submitted{Order: order, AddKeys: f.pages.mode.addKeys()})
}

// savesTemplate reports whether Enter on the review saves the order as a template, instead of launching it.
func (d draft) savesTemplate() bool {
	return d.template == nil && d.pages.review.saveAs.value() != "" && d.focus[stepReview] == saveAsInput
}

// saveTemplate saves the order as a template. It may ask for what isn't free now; it may not be wrong in itself.
func (f Form) saveTemplate(name string) (Form, tea.Cmd) {
	order := f.order
	order.Name = name
	if faults := order.Check(); len(faults) > 0 {
		f.refusal = refusal{of: f.order, words: "a template can't be made of this: " + faults[0].Error()}
		return f.toThe(faults[0]), nil
	}
	f.pages.review.saveAs.set("")
	f.focus[stepReview] = labelInput
	return f, tell(SaveTemplate{Template: model.Template{Order: order, Source: model.SourceUser}})
}

// tell is a command that brings a message.
func tell(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

package ui

import (
	"berth/model"
	tea "charm.land/bubbletea/v2"

	"berth/ui/form"
)

// drafting is the overlay while the form's templates and account are read, after the key that opens the form. It
// collects the keys that the user types meanwhile. They are meant for the form and must not run commands of the main
// screen. Esc cancels the form.
type drafting struct{ keys []tea.KeyPressMsg }

func (d drafting) Update(msg tea.Msg) (overlay, tea.Cmd) {
	key, ok := msg.(tea.KeyPressMsg)
	switch {
	case !ok:
		return d, nil
	case key.String() == "esc":
		return nil, nil
	}
	return drafting{append(d.keys[:len(d.keys):len(d.keys)], key)}, nil
}

// View draws nothing: the main screen stays visible until the form opens.
func (drafting) View(int, int) string { return "" }

// loadForm opens the overlay that waits for a form or for the list of templates, and reads what they need.
func loadForm(a App, in form.Inputs, templates bool) (App, tea.Cmd) {
	ctx, machine, fleet := a.ctx, a.machine, a.scene.Fleet
	return a.open(drafting{}, nil), func() tea.Msg {
		draft := readInputs(ctx, machine, fleet, in)
		draft.templates = templates
		return draft
	}
}

// openDraft opens the form and passes it the keys typed before. A template that can't be read doesn't prevent launching
// from others.
func (a App) openDraft(msg draftMsg) (tea.Model, tea.Cmd) {
	waiting, ok := a.overlay.(drafting)
	if !ok {
		return a, nil // the user has cancelled it
	}
	if msg.err != nil {
		a = a.addMessage(model.Said(msg.err), true)
	}
	account := msg.in.Capacity.Account
	if msg.templates {
		a = a.open(planning[form.Templates]{form.NewTemplates(msg.in, a.theme()).WithKeys(a.inner.templates, a.inner.form), account}, nil)
	} else {
		a = a.open(planning[form.Form]{form.New(msg.in, a.theme()).WithKeys(a.inner.form), account}, nil)
	}
	var cmds []tea.Cmd
	for _, key := range waiting.keys {
		next, cmd := a.pressKey(key)
		a, cmds = next.(App), append(cmds, cmd)
	}
	return a, tea.Batch(cmds...)
}

package ui

import (
	tea "charm.land/bubbletea/v2"

	"berth/ui/form"
)

// drafting is the overlay between the key that opens the form and the form itself, while templates and account are read.
// It collects the keys that are typed meanwhile: they are meant for the form and must not become orders of the main
// screen. Esc gives the form up.
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

// View is nothing: what was there stays until the form comes.
func (drafting) View(int, int) string { return "" }

// drafted waits for a form, or for the list of templates.
func drafted(a App, in form.Inputs, templates bool) (App, tea.Cmd) {
	ctx, machine, fleet := a.ctx, a.machine, a.scene.Fleet
	return a.open(drafting{}, nil), func() tea.Msg {
		draft := gather(ctx, machine, fleet, in)
		draft.templates = templates
		return draft
	}
}

// openDraft opens the form and gives it the keys that came before it. Where one template can't be read,
// others can still be launched.
func (a App) openDraft(msg draftMsg) (tea.Model, tea.Cmd) {
	waiting, ok := a.overlay.(drafting)
	if !ok {
		return a, nil // it isn't wanted any more
	}
	if msg.err != nil {
		a = a.noted(msg.err.Error(), true)
	}
	account := msg.in.Capacity.Account
	if msg.templates {
		a = a.open(planning[form.Templates]{form.NewTemplates(msg.in, a.theme()).WithKeys(a.inner.templates, a.inner.form), account}, nil)
	} else {
		a = a.open(planning[form.Form]{form.New(msg.in, a.theme()).WithKeys(a.inner.form), account}, nil)
	}
	var cmds []tea.Cmd
	for _, key := range waiting.keys {
		next, cmd := a.pressed(key)
		a, cmds = next.(App), append(cmds, cmd)
	}
	return a, tea.Batch(cmds...)
}

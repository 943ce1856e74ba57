package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/form"
)

// templates is the part of Backend for templates, and for other data of the form.
type templates interface {
	// Templates returns every template that can be read, sorted by name. The error names file, line and key of each
	// that can't.
	Templates(ctx context.Context) ([]model.Template, error)
	SaveTemplate(ctx context.Context, t model.Template) error
	DeleteTemplate(ctx context.Context, name string) error
	// Images returns the references of the engine's images, for completion.
	Images(ctx context.Context) ([]string, error)
	// LastOrder returns this user's last launch; false if there is none.
	LastOrder(ctx context.Context) (model.Order, bool)
}

// templatesMsg is the result of saving or deleting a template, and all templates afterwards.
type templatesMsg struct {
	all []model.Template
	did string
	err error
}

func openTemplates(a App) (App, tea.Cmd) { return loadForm(a, form.Inputs{}, true) }

// changeTemplates returns a command that saves or deletes a template and then reads all templates again.
func (c calls) changeTemplates(did string, change func(context.Context) error) tea.Cmd {
	ctx, machine := c.ctx, c.machine
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, orderTimeout)
		defer cancel()
		if err := change(ctx); err != nil {
			return templatesMsg{err: err}
		}
		all, err := machine.Templates(ctx)
		return templatesMsg{all, did, err}
	}
}

// templatesChanged shows the templates after a change, or the error.
func (a App) templatesChanged(msg templatesMsg) (tea.Model, tea.Cmd) {
	l, listed := a.overlay.(planning[form.Templates])
	if msg.did != "" {
		a = a.addMessage(msg.did, false)
		if listed {
			l.guest = l.guest.WithTemplates(msg.all)
		}
	}
	if msg.err != nil {
		a = a.addMessage(model.Said(msg.err), true)
		if listed && msg.did == "" {
			l.guest = l.guest.WithFailure(msg.err)
		}
	}
	if listed {
		a.overlay = l
	}
	return a, nil
}

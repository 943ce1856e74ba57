package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/form"
)

// templates are those that can be launched from.
type templates interface {
	// Templates returns every template that can be read, by name, and an error naming file, line and key
	// of each that can't.
	Templates(ctx context.Context) ([]model.Template, error)
	SaveTemplate(ctx context.Context, t model.Template) error
	DeleteTemplate(ctx context.Context, name string) error
	// Images are the references the engine has, for completion.
	Images(ctx context.Context) ([]string, error)
	// LastOrder is what this user launched last; false where nothing was.
	LastOrder(ctx context.Context) (model.Order, bool)
}

// templatesMsg is the templates after one was saved or deleted, and how that went.
type templatesMsg struct {
	all []model.Template
	did string
	err error
}

func openTemplates(a App) (App, tea.Cmd) { return drafted(a, form.Inputs{}, true) }

// changeTemplates saves or deletes one and reads them all again.
func (c calls) changeTemplates(did string, change func(context.Context) error) tea.Cmd {
	ctx, machine := c.ctx, c.machine
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, orderFor)
		defer cancel()
		if err := change(ctx); err != nil {
			return templatesMsg{err: err}
		}
		all, err := machine.Templates(ctx)
		return templatesMsg{all, did, err}
	}
}

// changed shows the templates there are now, or why they are as they were.
func (a App) changed(msg templatesMsg) (tea.Model, tea.Cmd) {
	l, listed := a.overlay.(planning[form.Templates])
	if msg.did != "" {
		a = a.noted(msg.did, false)
		if listed {
			l.guest = l.guest.WithTemplates(msg.all)
		}
	}
	if msg.err != nil {
		a = a.noted(msg.err.Error(), true)
		if listed && msg.did == "" {
			l.guest = l.guest.WithFailure(msg.err)
		}
	}
	if listed {
		a.overlay = l
	}
	return a, nil
}

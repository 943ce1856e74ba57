package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/form"
)

// templatesMsg is the templates after one was saved or deleted, and how that went.
type templatesMsg struct {
	all []model.Template
	did string
	err error
}

func (a App) openTemplates() (App, tea.Cmd) { return a.drafted(form.Inputs{}, true) }

// A templateList is the list of templates over the screen, with the account that orders are held against.
type templateList struct {
	list    form.Templates
	account model.Account
}

func (l templateList) Update(msg tea.Msg) (overlay, tea.Cmd) {
	var cmd tea.Cmd
	l.list, cmd = l.list.Update(msg)
	return l, cmd
}

func (l templateList) View(w, h int) string { return l.list.View(w, h) }

func (templateList) covers() {}

func (l templateList) withFleet(f model.Fleet) overlay {
	l.list = l.list.WithCapacity(model.CapacityOf(f, l.account))
	return l
}

// changeTemplates saves or deletes one and reads them all again.
func (a App) changeTemplates(did string, change func(context.Context) error) tea.Cmd {
	ctx, machine := a.ctx, a.machine
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
	l, listed := a.overlay.(templateList)
	if msg.did != "" {
		a = a.noted(msg.did, false)
		if listed {
			l.list = l.list.WithTemplates(msg.all)
		}
	}
	if msg.err != nil {
		a = a.noted(msg.err.Error(), true)
		if listed && msg.did == "" {
			l.list = l.list.WithFailure(msg.err)
		}
	}
	if listed {
		a.overlay = l
	}
	return a, nil
}

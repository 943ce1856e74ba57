package ui

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/form"
	"berth/ui/theme"
)

// extraTimeout is the timeout of data that the form can do without: names to complete, keys to offer. With a slow
// engine, waiting for them would delay the form.
const extraTimeout = 400 * time.Millisecond

type (
	// draftMsg is the data that a form is opened with.
	draftMsg struct {
		in        form.Inputs
		templates bool // open the list of templates instead of the form
		err       error
	}
	// launchedMsg is the result of a launch.
	launchedMsg struct {
		instance model.Instance
		err      error
	}
)

// openForm opens the form with the user's last order.
func openForm(a App) (App, tea.Cmd) { return loadForm(a, form.Inputs{}, false) }

// openFormLike opens the form with the selected instance's order. If the instance failed, the form shows the reason.
func openFormLike(a App) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.showError(err)
	}
	like, failed := i.Order, ""
	like.PickGPUs, like.Queue = nil, false // the other instance has those GPUs; waiting is asked about each time
	if i.Phase == model.PhaseFailed {
		failed = fmt.Sprintf("%s failed: %s", model.NameOf(&i), theme.Text(i.Message))
	}
	return loadForm(a, form.Inputs{Start: &like, Failed: failed}, false)
}

// A formSource is the part of Backend that has the form's data.
type formSource interface {
	templates
	Account(ctx context.Context) (model.Account, error)
	OfferedKeys(ctx context.Context) ([]string, error)
}

// readInputs reads the data that the form needs and that isn't known yet, all at the same time.
func readInputs(ctx context.Context, m formSource, f model.Fleet, in form.Inputs) draftMsg {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	extra, cancelExtra := context.WithTimeout(ctx, extraTimeout)
	defer cancelExtra()
	in.PublicIP = f.Host.PublicIP
	var account model.Account
	var templatesErr, accountErr error
	var all sync.WaitGroup
	all.Go(func() { in.Templates, templatesErr = m.Templates(ctx) })
	all.Go(func() { account, accountErr = m.Account(ctx) })
	all.Go(func() {
		if o, ok := m.LastOrder(ctx); ok {
			o.Queue = false // waiting is asked about each time
			in.Recent = []model.Order{o}
		}
	})
	all.Go(func() { in.Images, _ = m.Images(extra) })           // on an error the field doesn't complete names
	all.Go(func() { in.OfferedKeys, _ = m.OfferedKeys(extra) }) // on an error the form offers no keys
	all.Wait()
	in.Capacity = model.CapacityOf(f, account)
	return draftMsg{in: in, err: errors.Join(templatesErr, accountErr)}
}

// fromForm carries out a request of the form.
func (a App) fromForm(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case form.Submitted:
		return a, a.launch(msg)
	case form.Cancelled:
		return a.close(), nil
	case form.Use:
		return loadForm(a, form.Inputs{Start: &msg.Template.Order}, false)
	case form.Copy:
		return a.copyText(msg.Text)
	case form.SaveTemplate:
		return a, a.changeTemplates("template "+msg.Template.Name+" saved", func(ctx context.Context) error {
			return a.machine.SaveTemplate(ctx, msg.Template)
		})
	case form.DeleteTemplate:
		return a, a.changeTemplates("template "+msg.Name+" deleted", func(ctx context.Context) error {
			return a.machine.DeleteTemplate(ctx, msg.Name)
		})
	}
	return a, nil
}

// launch returns a command that adds the chosen keys to the account and launches the instance.
func (c calls) launch(ask form.Submitted) tea.Cmd {
	ctx, machine := c.ctx, c.machine
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, orderTimeout)
		defer cancel()
		for _, key := range ask.AddKeys {
			if err := machine.AddKey(ctx, key); err != nil {
				return launchedMsg{err: fmt.Errorf("add the SSH key to the account: %w", err)}
			}
		}
		instance, err := machine.Launch(ctx, ask.Order)
		return launchedMsg{instance, err}
	}
}

// launched closes the form and selects the new instance. After an error it keeps the form open and shows the error in
// it.
func (a App) launched(msg launchedMsg) (tea.Model, tea.Cmd) {
	l, open := a.overlay.(planning[form.Form])
	if msg.err != nil {
		if !open {
			return a.addMessage("not launched: "+model.Said(msg.err), true), nil
		}
		l.guest = l.guest.WithFailure(msg.err)
		a.overlay = l
		return a, nil
	}
	if open {
		a = a.close()
	}
	a.mainScreen = a.onList()
	a.list = a.list.SelectedWhenPresent(msg.instance.ID).WithScene(a.scene, false)
	return a.addMessage("launched "+names([]model.Instance{msg.instance}), false), nil
}

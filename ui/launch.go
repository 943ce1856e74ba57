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

// extraFor bounds what the form can do without: names to complete from, keys to offer. Waiting for a slow
// engine there would make the n key slow.
const extraFor = 400 * time.Millisecond

type (
	// draftMsg is what a form is opened with.
	draftMsg struct {
		in        form.Inputs
		templates bool // the list of templates is wanted
		err       error
	}
	// launchedMsg is the answer to a launch.
	launchedMsg struct {
		instance model.Instance
		err      error
	}
)

// openForm opens the form on what the user launched last.
func openForm(a App) (App, tea.Cmd) { return drafted(a, form.Inputs{}, false) }

// openFormLike opens the form on what the selected instance was launched with; of one that failed, with the
// reason.
func openFormLike(a App) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.refused(err)
	}
	like, failed := i.Order, ""
	like.PickGPUs = nil // those are the other instance's
	if i.Phase == model.PhaseFailed {
		failed = fmt.Sprintf("%s failed: %s", i.ID, theme.Text(i.Message))
	}
	return drafted(a, form.Inputs{Start: &like, Failed: failed}, false)
}

// A formSource has what a form is opened with.
type formSource interface {
	templates
	Account(ctx context.Context) (model.Account, error)
	OfferedKeys(ctx context.Context) ([]string, error)
}

// gather asks for what a form is opened with beyond what is known, all at the same time.
func gather(ctx context.Context, m formSource, f model.Fleet, in form.Inputs) draftMsg {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	extra, cancelExtra := context.WithTimeout(ctx, extraFor)
	defer cancelExtra()
	in.PublicIP = f.Host.PublicIP
	var account model.Account
	var templatesErr, accountErr error
	var all sync.WaitGroup
	all.Go(func() { in.Templates, templatesErr = m.Templates(ctx) })
	all.Go(func() { account, accountErr = m.Account(ctx) })
	all.Go(func() {
		if o, ok := m.LastOrder(ctx); ok {
			in.Recent = []model.Order{o}
		}
	})
	all.Go(func() { in.Images, _ = m.Images(extra) })           // without them the field doesn't complete
	all.Go(func() { in.OfferedKeys, _ = m.OfferedKeys(extra) }) // without them the form offers none
	all.Wait()
	in.Capacity = model.CapacityOf(f, account)
	return draftMsg{in: in, err: errors.Join(templatesErr, accountErr)}
}

// fromForm does what the form asks for.
func (a App) fromForm(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case form.Submitted:
		return a, a.launch(msg)
	case form.Cancelled:
		return a.close(), nil
	case form.Use:
		return drafted(a, form.Inputs{Start: &msg.Template.Order}, false)
	case form.Copy:
		return a.copied(msg.Text)
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

// launch puts the keys into the account and orders the instance.
func (c calls) launch(ask form.Submitted) tea.Cmd {
	ctx, machine := c.ctx, c.machine
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, orderFor)
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

// launched closes the form and goes to the new instance, or brings the form back as it was with the reason.
func (a App) launched(msg launchedMsg) (tea.Model, tea.Cmd) {
	l, open := a.overlay.(planning[form.Form])
	if msg.err != nil {
		if !open {
			return a.noted("not launched: "+msg.err.Error(), true), nil
		}
		l.guest = l.guest.WithFailure(msg.err)
		a.overlay = l
		return a, nil
	}
	if open {
		a = a.close()
	}
	a.mainScreen = a.onList()
	a.list = a.list.Wanting(msg.instance.ID).WithScene(a.scene, false)
	return a.noted("launched "+names([]model.Instance{msg.instance}), false), nil
}

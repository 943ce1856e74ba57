package ui

import (
	"context"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

func reboot(a App) (App, tea.Cmd)  { return a.ask(model.ActionReboot) }
func recycle(a App) (App, tea.Cmd) { return a.ask(model.ActionRecycle) }
func destroy(a App) (App, tea.Cmd) { return a.ask(model.ActionDestroy) }

// ask opens the question before an action on the targets it is possible for.
func (a App) ask(action model.Action) (App, tea.Cmd) {
	targets, err := a.able(action)
	if err != nil {
		return a.refused(err)
	}
	g := model.GuardOf(action, targets, a.scene.Me, a.scene.Now)
	if left := a.passedOver(targets); left != "" {
		g.Means += " " + left + "."
	}
	did := string(action) + " ordered: " + names(targets)
	return a.open(asked(a.theme(), g, a.act(did, action, targets)), nil), nil
}

// passedOver names the marked instances that an order isn't possible for; empty where there are none.
func (m mainScreen) passedOver(ordered []model.Instance) string {
	all, _ := m.targets()
	left := slices.DeleteFunc(slices.Clone(all), func(i model.Instance) bool {
		return slices.ContainsFunc(ordered, func(o model.Instance) bool { return o.ID == i.ID })
	})
	switch len(left) {
	case 0:
		return ""
	case 1:
		return theme.Text(model.FirstOf(left)) + " stays as it is"
	}
	return theme.Text(model.FirstOf(left)) + " stay as they are"
}

// names names instances for a message.
func names(targets []model.Instance) string { return theme.Text(model.Called(targets...)) }

// editLabel asks for a new label.
func editLabel(a App) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.refused(err)
	}
	use := func(label string) tea.Cmd {
		did := fmt.Sprintf("%s is now called %s", i.ID, label)
		if label == "" {
			did = i.ID.String() + " has no label any more"
		}
		return a.order(did, func(ctx context.Context) error { return a.machine.Relabel(ctx, i.ID, label) })
	}
	e := edited(a.theme(), "Label of "+i.ID.String(), "Enter saves, Esc leaves it as it is", i.Label, use)
	return a.open(e, nil), nil
}

package ui

import (
	"context"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

// startStop starts what is at rest and stops what isn't; where some of the marked ones are at rest, it
// starts those.
func startStop(a App) (App, tea.Cmd) {
	targets, err := a.targets()
	if err != nil {
		return a.refused(err)
	}
	var starting []model.Instance
	for _, i := range targets {
		if i.Phase.Settled() {
			starting = append(starting, i)
		}
	}
	held := func(i model.Instance) bool { return i.Phase == model.PhaseFailed && i.Plan.PortHeld }
	if len(starting) > 0 && !slices.ContainsFunc(starting, func(i model.Instance) bool { return !held(i) }) {
		return a.ask(model.ActionNewPorts)
	}
	if len(starting) > 0 {
		return a, a.act("start ordered: "+names(starting), model.ActionStart, starting)
	}
	return a.ask(model.ActionStop)
}

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
	did := string(action) + " ordered: " + names(targets)
	return a.open(asked(a.theme(), g, a.act(did, action, targets)), nil), nil
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

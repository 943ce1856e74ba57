package ui

import (
	"context"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/theme"
)

func reboot(a App) (App, tea.Cmd)  { return a.ask(model.ActionReboot) }
func recycle(a App) (App, tea.Cmd) { return a.ask(model.ActionRecycle) }
func destroy(a App) (App, tea.Cmd) { return a.ask(model.ActionDestroy) }

// ask opens the question before an action, for the targets for which the action is possible.
func (a App) ask(action model.Action) (App, tea.Cmd) {
	targets, err := a.possibleTargets(action)
	if err != nil {
		return a.showError(err)
	}
	g := model.GuardOf(action, targets, a.scene.Me, a.scene.Now)
	if left := a.skippedText(targets); left != "" {
		g.Means += " " + left + "."
	}
	did := string(action) + " ordered: " + names(targets)
	return a.open(newQuestion(a.theme(), g, a.act(did, action, targets)), nil), nil
}

// skippedText says which marked instances an order leaves out because it isn't possible for them. It is empty if there
// are none.
func (m mainScreen) skippedText(ordered []model.Instance) string {
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

// extension is by how much one key puts off the end of a run.
const extension = model.Span(time.Hour)

// extend puts off the end of the selected instance's run.
func extend(a App) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.showError(err)
	}
	return a, a.order(fmt.Sprintf("%s may run %s longer", model.NameOf(&i), extension), func(ctx context.Context) error {
		_, err := a.machine.Extend(ctx, i.ID, extension)
		return err
	})
}

// editLabel opens an editor for a new label.
func editLabel(a App) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.showError(err)
	}
	use := func(label string) tea.Cmd {
		did := fmt.Sprintf("%s is now called %s", model.NameOf(&i), label)
		if label == "" {
			did = model.NameOf(&i) + " has no label any more"
		}
		return a.order(did, func(ctx context.Context) error { return a.machine.Relabel(ctx, i.ID, label) })
	}
	e := newEditor(a.theme(), "Label of "+model.NameOf(&i), "Enter saves, Esc leaves it as it is", i.Label, use)
	return a.open(e, nil), nil
}

// snapshotFor is the timeout of a snapshot: it copies all of an instance's files.
const snapshotFor = time.Hour

// takeSnapshot asks for the name of an image to make of an instance.
func takeSnapshot(a App) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.showError(err)
	}
	use := func(name string) tea.Cmd {
		ctx, machine := a.ctx, a.machine
		return func() tea.Msg {
			ctx, cancel := context.WithTimeout(ctx, snapshotFor)
			defer cancel()
			made, err := machine.Snapshot(ctx, i.ID, name)
			return doneMsg{theme.Text(made.Words(i.ID)), err}
		}
	}
	e := newEditor(a.theme(), "Snapshot of "+model.NameOf(&i), "NAME or NAME:TAG of the image; secrets and keys are left out. Enter makes it", "", use)
	return a.open(e, nil), nil
}

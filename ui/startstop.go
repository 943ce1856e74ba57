package ui

import (
	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// startStop starts instances that are at rest and stops the others. If the marked instances need different orders, it
// asks which are meant, so that nothing is started or stopped that no question or message names.
func startStop(a App) (App, tea.Cmd) {
	targets, err := a.targets()
	if err != nil {
		return a.showError(err)
	}
	var parts []part
	for _, action := range []model.Action{model.ActionStart, model.ActionNewPorts, model.ActionStop} {
		if p := a.part(action, targets); len(p.targets) > 0 {
			parts = append(parts, p)
		}
	}
	switch {
	case len(parts) == 0:
		return a.showError(targets[0].Can(startOrStop(targets[0])))
	case len(parts) > 1:
		return a.askWhich("Start or stop "+names(targets)+"?", parts), nil
	case parts[0].action == model.ActionStart:
		return a, parts[0].cmd
	}
	p := parts[0]
	return a.ask(p.action)
}

// askWhich opens the question which of several orders is meant.
func (a App) askWhich(title string, parts []part) App {
	q := split{theme: a.theme(), title: title, parts: parts}
	var ordered []model.Instance
	for _, p := range parts {
		ordered = append(ordered, p.targets...)
	}
	q.left = a.skippedText(ordered)
	return a.open(q, nil)
}

// startOrStop returns what the key orders for one instance.
func startOrStop(i model.Instance) model.Action {
	switch {
	case i.Phase == model.PhaseFailed && i.Plan.PortHeld:
		return model.ActionNewPorts
	case i.Phase.Settled():
		return model.ActionStart
	}
	return model.ActionStop
}

// part returns the targets for which the key orders this action, with their guard and command.
func (a App) part(action model.Action, targets []model.Instance) part {
	p := part{action: action}
	for _, i := range targets {
		if startOrStop(i) == action && i.Can(action) == nil {
			p.targets = append(p.targets, i)
		}
	}
	if len(p.targets) == 0 {
		return p
	}
	p.guard = model.GuardOf(action, p.targets, a.scene.Me, a.scene.Now)
	did := string(action) + " ordered: " + names(p.targets)
	if left := a.skippedText(p.targets); action == model.ActionStart && left != "" {
		did += "; " + left
	}
	p.cmd = a.act(did, action, p.targets)
	return p
}

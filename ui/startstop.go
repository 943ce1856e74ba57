package ui

import (
	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// startStop starts what is at rest and stops what isn't. Where the marked instances are of several kinds, it asks which
// are meant: nothing is started or stopped that no question or message names.
func startStop(a App) (App, tea.Cmd) {
	targets, err := a.targets()
	if err != nil {
		return a.refused(err)
	}
	var parts []part
	for _, action := range []model.Action{model.ActionStart, model.ActionNewPorts, model.ActionStop} {
		if p := a.part(action, targets); len(p.targets) > 0 {
			parts = append(parts, p)
		}
	}
	switch {
	case len(parts) == 0:
		return a.refused(targets[0].Can(turned(targets[0])))
	case len(parts) > 1:
		return a.askWhich("Start or stop "+names(targets)+"?", parts), nil
	case parts[0].action == model.ActionStart:
		return a, parts[0].cmd
	}
	p := parts[0]
	return a.ask(p.action)
}

// askWhich asks which of several orders is meant.
func (a App) askWhich(title string, parts []part) App {
	q := split{theme: a.theme(), title: title, parts: parts}
	var ordered []model.Instance
	for _, p := range parts {
		ordered = append(ordered, p.targets...)
	}
	q.left = a.passedOver(ordered)
	return a.open(q, nil)
}

// turned is what the key orders of one instance.
func turned(i model.Instance) model.Action {
	switch {
	case i.Phase == model.PhaseFailed && i.Plan.PortHeld:
		return model.ActionNewPorts
	case i.Phase.Settled():
		return model.ActionStart
	}
	return model.ActionStop
}

// part is those of the targets that the key orders one thing of.
func (a App) part(action model.Action, targets []model.Instance) part {
	p := part{action: action}
	for _, i := range targets {
		if turned(i) == action && i.Can(action) == nil {
			p.targets = append(p.targets, i)
		}
	}
	if len(p.targets) == 0 {
		return p
	}
	p.guard = model.GuardOf(action, p.targets, a.scene.Me, a.scene.Now)
	did := string(action) + " ordered: " + names(p.targets)
	if left := a.passedOver(p.targets); action == model.ActionStart && left != "" {
		did += "; " + left
	}
	p.cmd = a.act(did, action, p.targets)
	return p
}

package ui

import (
	tea "charm.land/bubbletea/v2"

	"berth/model"
)

// ofOneMachine are the commands that a screen over several machines doesn't have, and what each is about: it is kept by
// each machine for itself.
var ofOneMachine = map[Command]model.Apart{
	"templates": model.ApartTemplates, "account": model.ApartAccounts, "usage": model.ApartUsage,
	"copy-data": model.ApartCopies, "copy-into": model.ApartCopies, "refresh": model.ApartLooking,
}

// do runs a binding, or says that it is for a screen of one machine.
func do(a App, b binding) (tea.Model, tea.Cmd) {
	what, alone := ofOneMachine[b.command]
	if machines := a.scene.Fleet.Machines; alone && len(machines) > 0 {
		name := machines[0].Name
		if i, some := a.current(); some {
			name = i.Machine
		}
		return a.showError(what.Refusal(name))
	}
	return b.run(a)
}

package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"
)

// ofOneMachine are the commands that a screen over several machines doesn't have, and what each is about: it is kept by
// each machine for itself.
var ofOneMachine = map[Command]string{
	"templates": "templates are", "account": "an account is", "history": "the history is", "usage": "usage is",
	"copy-data": "copying files is", "copy-into": "copying files is", "refresh": "looking again is",
}

// do runs a binding, or says that it is for a screen of one machine.
func do(a App, b binding) (tea.Model, tea.Cmd) {
	what, alone := ofOneMachine[b.command]
	if machines := a.scene.Fleet.Machines; alone && len(machines) > 0 {
		name := machines[0].Name
		if i, some := a.current(); some {
			name = i.Machine
		}
		return a.addMessage(fmt.Sprintf("%s each machine's own: berth --on %s has it", what, name), true), nil
	}
	return b.run(a)
}

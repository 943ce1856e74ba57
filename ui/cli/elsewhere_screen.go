package cli

import (
	"fmt"

	"berth/ui"
)

// screen opens one screen over several machines.
func (a *away) screen() error {
	if err := ableToShow(); err != nil {
		return fmt.Errorf("%w; `berth --on %s ls` lists the instances of all", err, a.p.on.String())
	}
	m, err := a.p.Over(a.Machines)
	if err != nil {
		return err
	}
	look, err := a.p.Look(a.p.globals)
	if err != nil {
		return err
	}
	o, err := screenOptions(a.c, a.p.globals, look)
	if err != nil {
		return err
	}
	return ui.Run(a.c.Context(), m, o)
}

package cli

import (
	"context"
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
	ctx, cancel := context.WithCancel(a.c.Context())
	defer cancel()
	defer context.AfterFunc(a.Crashed(), cancel)() // the terminal is given back before the panic is told
	if err := ui.Run(ctx, m, o); a.crash() == nil {
		return err
	}
	return nil
}

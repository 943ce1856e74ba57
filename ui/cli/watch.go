package cli

import (
	"context"

	"github.com/spf13/cobra"

	"berth/model"
)

// follow prints a listing, and then its changes until the context ends.
func (f *listFlags) follow(ctx context.Context, c *cobra.Command, m Backend, list lister) error {
	me := m.Screen().User
	seen, err := fleet(c, m)
	if err != nil {
		return err
	}
	return f.tellChanges(ctx, c, list, me, seen, m.Watch(ctx))
}

// tellChanges prints a listing of what was seen, and then of what follows.
func (f *listFlags) tellChanges(ctx context.Context, c *cobra.Command, list lister, me string, seen model.Fleet, fleets <-chan model.Fleet) error {
	w := watching{listFlags: f, c: c, states: map[string]string{}}
	if err := w.tell(list(seen, me)); err != nil {
		return err
	}
	for seen := range receive(ctx, fleets) {
		if err := w.tell(list(seen.For(me), me)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// watching is a listing whose changes are printed one line each. Nothing is redrawn.
type watching struct {
	*listFlags
	c      *cobra.Command
	states map[string]string // each row's state when it was last printed
	headed bool
}

// tell prints the rows that have changed since the last call.
func (w *watching) tell(l listing) error {
	var changed []listed
	there := map[string]bool{}
	for _, one := range l.rows {
		there[one.name] = true
		if was, told := w.states[one.name]; w.passes(one) && (!told || was != one.state) {
			changed = append(changed, one)
			w.states[one.name] = one.state
		}
	}
	for name := range w.states {
		if !there[name] {
			delete(w.states, name)
			say(w.c, "%s: gone", name)
		}
	}
	switch {
	case w.format == "json":
		for _, one := range changed {
			if err := w.p.printJSON(w.c.OutOrStdout(), one.object); err != nil {
				return err
			}
		}
		return nil
	case w.format == "name", w.format == "template":
		return w.lines(w.c.OutOrStdout(), changed)
	case len(changed) == 0 && w.headed:
		return nil
	}
	l.rows = changed
	t := w.table(w.c, l)
	t.headless = w.headed
	w.headed = true
	return t.flush()
}

package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"berth/model"
)

// list prints what all machines have as one listing, each name with its machine's. A machine that is away is said to be,
// and the command fails, but the others are listed.
func (a *away) list(f *listFlags, c *cobra.Command, list lister) error {
	if f.watch {
		return a.watch(f, c, list)
	}
	seen := a.Look(c.Context())
	var failed []error
	for _, m := range seen {
		if err := m.Unable(); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", m.Name, err))
		}
	}
	all, err := joined(seen, list)
	if err != nil {
		return err
	}
	return errors.Join(append(failed, f.print(c, all))...)
}

// joined returns what machines have as one listing.
func joined(machines []model.Machine, list lister) (all listing, err error) {
	for _, m := range machines {
		of := list(m.Fleet, m.Account.Owner)
		all.columns, all.wide = of.columns, of.wide
		if m.Berth == "" { // it has never said anything
			continue
		}
		for _, one := range of.rows {
			row, err := one.on(m)
			if err != nil {
				return all, err
			}
			all.rows = append(all.rows, row)
		}
	}
	return all, nil
}

// watch prints the listing of all machines, and then its changes until the context ends. It begins when each machine has
// said something or is known to be away. That one is away, or back, is said too.
func (a *away) watch(f *listFlags, c *cobra.Command, list lister) error {
	w := watching{listFlags: f, c: c, states: map[string]string{}}
	away := map[string]string{}
	for seen := range receive(c.Context(), a.Follow(c.Context())) {
		if slices.ContainsFunc(seen, func(m model.Machine) bool { return !m.Link.OK && m.Link.Reason == "" }) {
			continue
		}
		for _, m := range seen {
			if was := away[m.Name]; was != m.Link.Reason {
				say(c, "%s: %s", m.Name, cmp.Or(m.Link.Reason, "it is back"))
				away[m.Name] = m.Link.Reason
			}
		}
		all, err := joined(seen, list)
		if err == nil {
			err = w.tell(all)
		}
		if err != nil {
			return err
		}
	}
	return c.Context().Err()
}

// top shows how busy all machines are, as on one.
func (a *away) top(c *cobra.Command, once bool) error {
	m, err := a.p.Over(a.Machines)
	if err != nil {
		return err
	}
	account, err := m.Account(c.Context())
	if err != nil {
		return err
	}
	if !once {
		return live(c.Context(), c, m.Watch(c.Context()), account.Owner)
	}
	seen := a.Look(c.Context())
	_, err = io.WriteString(c.OutOrStdout(), strings.Join(top(c, model.Joined(seen, account.Owner), account.Owner), "\n")+"\n")
	failed := []error{err}
	for _, m := range seen {
		if err := m.Unable(); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", m.Name, err))
		}
	}
	return errors.Join(failed...)
}

// on returns a row as one of several machines': its name and its first cell say which.
func (l listed) on(m model.Machine) (listed, error) {
	object, err := onMachine(l.object, m.Name)
	if strings.HasPrefix(l.name, "C.") { // a GPU's name is its own everywhere
		l.name = m.Name + "/" + l.name
		l.facts["id"] = l.name
	}
	l.cells[0] = m.Name + "/" + l.cells[0]
	if l.amiss != "" {
		l.amiss = m.Name + "/" + l.amiss
	}
	l.object = object
	return l, err
}

// onMachine returns a JSON object with the machine's name as its first field.
func onMachine(object any, machine string) (json.RawMessage, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	name, err := json.Marshal(machine)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `{"machine":%s,%s`, name, text[1:]), nil
}

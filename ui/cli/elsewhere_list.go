package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"berth/model"
)

// list prints what all machines have as one listing, each name with its machine's. A machine that is away is said to be,
// and the command fails, but the others are listed.
func (a *away) list(f *listFlags, c *cobra.Command, list lister) error {
	if f.watch {
		return usagef("--watch is about one machine: name it, `berth --on %s %s --watch`", a.Names()[0], a.name())
	}
	var all listing
	var failed []error
	for _, m := range a.Look(c.Context()) {
		if err := m.Unable(); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", m.Name, err))
		}
		of := list(m.Fleet, m.Account.Owner)
		all.columns, all.wide = of.columns, of.wide
		if m.Berth == "" { // it has never said anything
			continue
		}
		for _, one := range of.rows {
			row, err := one.on(m)
			if err != nil {
				return err
			}
			all.rows = append(all.rows, row)
		}
	}
	return errors.Join(append(failed, f.print(c, all))...)
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

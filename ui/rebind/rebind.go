// Package rebind gives key bindings the words by which the configuration file changes them and help lists them.
//
// A package with a key map names its bindings once, in a list of Named that point into the map; what can be
// rebound, and what help shows, follow from that list.
package rebind

import (
	"fmt"
	"maps"
	"slices"

	"charm.land/bubbles/v2/key"
)

// A Named is where a binding is kept, its word, and where on the screen it counts.
type Named struct {
	Word, Where string
	Binding     *key.Binding
}

// A Row is one binding as help lists it.
type Row struct {
	Word, Where string
	Binding     key.Binding
}

// Rows are the bindings as they are now, in the list's order.
func Rows(named []Named) []Row {
	rows := make([]Row, len(named))
	for i, n := range named {
		rows[i] = Row{n.Word, n.Where, *n.Binding}
	}
	return rows
}

// Apply gives each word in changes the keys that replace its own; none at all turns the binding off. A word that
// is none is an error, and nothing is changed then.
func Apply(named []Named, changes map[string][]string) error {
	for _, word := range slices.Sorted(maps.Keys(changes)) {
		if !slices.ContainsFunc(named, func(n Named) bool { return n.Word == word }) {
			return fmt.Errorf("%q is no word for a key; help (?) lists them", word)
		}
	}
	for _, n := range named {
		keys, changed := changes[n.Word]
		if !changed {
			continue
		}
		n.Binding.SetKeys(keys...)
		n.Binding.SetEnabled(len(keys) > 0)
		if len(keys) > 0 {
			n.Binding.SetHelp(keys[0], n.Binding.Help().Desc)
		}
	}
	return nil
}

package pane

import (
	"slices"

	"berth/model"
)

// This file has what the palette reads and changes in the list of instances.

// Columns returns the names of the list's sort orders.
func Columns() []string {
	var names []string
	for _, o := range orders {
		names = append(names, o.name)
	}
	return names
}

// Shown returns how the list is sorted, and whether it shows only the user's own instances.
func (l Instances) Shown() (column string, mine bool) { return orders[l.order].name, l.mine }

// Sorted returns the list in the sort order of that name. An unknown name changes nothing.
func Sorted(l Instances, s Scene, column string) Instances {
	if at := slices.Index(Columns(), column); at >= 0 {
		l.order, l.reversed = at, false
	}
	return l.WithScene(s, false)
}

// WithSelected returns the list with an instance selected. If the filter or the restriction to own instances hides it,
// both are removed.
func WithSelected(l Instances, s Scene, id model.InstanceID) Instances {
	if !l.has(id) {
		l.filter, l.mine = "", false
		l = l.WithScene(s, false)
	}
	return l.On(id)
}

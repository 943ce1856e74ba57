package pane

import (
	"slices"

	"berth/model"
)

// What the palette knows and changes of the list of instances by name.

// Columns are the names of what the list can be sorted by.
func Columns() []string {
	var names []string
	for _, o := range orders {
		names = append(names, o.name)
	}
	return names
}

// Shown is how the list is shown: the column it is sorted by, and whether only the user's own instances are there.
func (l Instances) Shown() (column string, mine bool) { return orders[l.order].name, l.mine }

// Sorted is a list sorted by the column of that name; by another it stays as it is.
func Sorted(l Instances, s Scene, column string) Instances {
	if at := slices.Index(Columns(), column); at >= 0 {
		l.order, l.reversed = at, false
	}
	return l.WithScene(s, false)
}

// Reaching is a list with an instance selected. What hides it, a filter or that only one's own are shown, is given up.
func Reaching(l Instances, s Scene, id model.InstanceID) Instances {
	if !l.has(id) {
		l.filter, l.mine = "", false
		l = l.WithScene(s, false)
	}
	return l.On(id)
}

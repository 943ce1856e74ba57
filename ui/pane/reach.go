package pane

import (
	"slices"

	"berth/model"
)

// Columns are the names of what the list can be sorted by.
func Columns() []string {
	var names []string
	for _, o := range orders {
		names = append(names, o.name)
	}
	return names
}

// Column is the name of what the list is sorted by.
func (l Instances) Column() string { return orders[l.order].name }

// SortedBy is the list sorted by the column of that name; by another it stays as it is.
func (l Instances) SortedBy(s Scene, column string) Instances {
	if at := slices.Index(Columns(), column); at >= 0 {
		l.order, l.reversed = at, false
	}
	return l.WithScene(s, false)
}

// Reaching is the list with an instance selected. What hides it, a filter or that only one's own are shown, is given up.
func (l Instances) Reaching(s Scene, id model.InstanceID) Instances {
	if !l.has(id) {
		l.filter, l.mine = "", false
		l = l.WithScene(s, false)
	}
	return l.On(id)
}

// Mine reports whether only the user's own instances are shown.
func (l Instances) Mine() bool { return l.mine }

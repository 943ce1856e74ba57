package ui

import (
	"maps"
	"slices"
	"strings"

	"berth/model"
)

// list is the pane of the instances. Its selection is an id and not a row, so that it stays on what people
// meant while instances come and go around it.
type list struct {
	rows     []model.Instance // as shown: filtered and sorted
	selected model.InstanceID
	wanted   model.InstanceID          // to be selected once it is there
	marks    map[model.InstanceID]bool // replaced, never changed
	filter   string
	order    int // of orders
	reversed bool
	mine     bool
	top      int
	w, h     int
}

// orders are the columns the list can be sorted by, in the order that `o` goes through.
var orders = []struct {
	name string
	less func(a, b model.Instance) int
}{
	{"newest", func(a, b model.Instance) int { return compare(b.ID, a.ID) }},
	{"label", func(a, b model.Instance) int { return strings.Compare(a.Label, b.Label) }},
	{"status", func(a, b model.Instance) int { return strings.Compare(a.Status(), b.Status()) }},
	{"GPUs", func(a, b model.Instance) int { return compare(len(b.GPUs), len(a.GPUs)) }},
	{"CPU", func(a, b model.Instance) int { return compare(b.Use.CPU.Or(-1), a.Use.CPU.Or(-1)) }},
	{"RAM", func(a, b model.Instance) int { return compare(b.Use.Memory.Or(-1), a.Use.Memory.Or(-1)) }},
	{"disk", func(a, b model.Instance) int { return compare(b.Use.Disk.Or(-1), a.Use.Disk.Or(-1)) }},
	{"owner", func(a, b model.Instance) int { return strings.Compare(a.Owner, b.Owner) }},
}

func compare[T ~int | ~int64 | ~float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// seen takes in a new fleet. While hold is set, a dialog being open, rows keep the places they have.
func (l list) seen(s scene, hold bool) list {
	before := l.rows
	rows := slices.DeleteFunc(slices.Clone(s.fleet.Instances), func(i model.Instance) bool { return !l.shows(s, i) })
	order := l.compare
	if hold {
		order = placedAs(before)
	}
	slices.SortStableFunc(rows, order)
	l.rows = rows
	return l.reselect(before)
}

// placedAs orders rows as they were; new ones come last.
func placedAs(before []model.Instance) func(a, b model.Instance) int {
	place := make(map[model.InstanceID]int, len(before))
	for n, r := range before {
		place[r.ID] = n - len(before) // below 0, which new ones have
	}
	return func(a, b model.Instance) int { return compare(place[a.ID], place[b.ID]) }
}

// compare orders two rows: by the chosen column, the newest first where that can't tell.
func (l list) compare(a, b model.Instance) int {
	c := orders[l.order].less(a, b)
	if l.reversed {
		c = -c
	}
	if c == 0 {
		return compare(b.ID, a.ID)
	}
	return c
}

// reselect keeps the selection on its instance; when that is gone, on the next one below it that is still
// there, or the last above.
func (l list) reselect(before []model.Instance) list {
	if l.wanted != 0 && l.has(l.wanted) {
		l.selected, l.wanted = l.wanted, 0
	}
	if len(l.rows) == 0 {
		l.selected, l.top = 0, 0
		return l
	}
	if !l.has(l.selected) {
		l.selected = l.heir(before)
	}
	l.top = scrolled(l.top, l.at(), l.fits(), len(l.rows))
	return l
}

// heir is who is selected after the selected one is gone.
func (l list) heir(before []model.Instance) model.InstanceID {
	at := max(placeOf(before, l.selected), 0)
	for _, r := range before[min(at, len(before)):] {
		if l.has(r.ID) {
			return r.ID
		}
	}
	for n := min(at, len(before)) - 1; n >= 0; n-- {
		if l.has(before[n].ID) {
			return before[n].ID
		}
	}
	return l.rows[0].ID
}

// has reports whether an instance is shown.
func (l list) has(id model.InstanceID) bool { return placeOf(l.rows, id) >= 0 }

// placeOf is where an instance stands, or -1. It goes by index: an instance is large, and a key looks for it often.
func placeOf(rows []model.Instance, id model.InstanceID) int {
	for n := range rows {
		if rows[n].ID == id {
			return n
		}
	}
	return -1
}

// shows reports whether a row passes the filter: each of its words is found somewhere in it.
func (l list) shows(s scene, i model.Instance) bool {
	if l.mine && i.Owner != s.me {
		return false
	}
	if l.filter == "" {
		return true
	}
	hay := strings.ToLower(strings.Join([]string{i.ID.String(), i.Label, i.Owner, s.owner(i.Owner), i.Order.Image,
		i.Order.Name, string(i.Order.Mode), i.Status()}, "\n"))
	for _, word := range strings.Fields(strings.ToLower(l.filter)) {
		if !strings.Contains(hay, word) {
			return false
		}
	}
	return true
}

// at is the selected row's place.
func (l list) at() int {
	return max(placeOf(l.rows, l.selected), 0)
}

// fits is how many rows there is room for below the two lines of headings.
func (l list) fits() int { return max(l.h-2, 1) }

// moved selects the row that many rows away.
func (l list) moved(by int) list {
	if len(l.rows) == 0 {
		return l
	}
	at := min(max(l.at()+by, 0), len(l.rows)-1)
	return l.on(l.rows[at].ID)
}

// on selects an instance, where it is shown.
func (l list) on(id model.InstanceID) list {
	if l.has(id) {
		l.selected = id
		l.top = scrolled(l.top, l.at(), l.fits(), len(l.rows))
	}
	return l
}

// wants selects an instance that may not be in a fleet yet: it is selected as soon as it is.
func (l list) wants(id model.InstanceID) list {
	l.wanted = id
	return l
}

// sized gives the pane its room.
func (l list) sized(w, h int) list {
	l.w, l.h = w, h
	l.top = scrolled(l.top, l.at(), l.fits(), len(l.rows))
	return l
}

// turned turns the mark of one instance.
func (l list) turned(id model.InstanceID) list {
	marks := maps.Clone(l.marks)
	if marks == nil {
		marks = map[model.InstanceID]bool{}
	}
	if marks[id] {
		delete(marks, id)
	} else {
		marks[id] = true
	}
	l.marks = marks
	return l
}

// markedAll marks all rows shown; none where they all are.
func (l list) markedAll() list {
	marks := make(map[model.InstanceID]bool, len(l.rows))
	for _, r := range l.rows {
		marks[r.ID] = true
	}
	if len(l.marked()) == len(marks) {
		marks = nil
	}
	l.marks = marks
	return l
}

// marked are the marked instances that are shown: what a filter hides is not ordered about.
func (l list) marked() []model.Instance {
	var out []model.Instance
	for _, r := range l.rows {
		if l.marks[r.ID] {
			out = append(out, r)
		}
	}
	return out
}

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
	at := l.at()
	rows := slices.DeleteFunc(slices.Clone(s.fleet.Instances), func(i model.Instance) bool { return !l.shows(s, i) })
	if hold {
		place := make(map[model.InstanceID]int, len(l.rows))
		for i, r := range l.rows {
			place[r.ID] = i - len(l.rows)
		}
		slices.SortStableFunc(rows, func(a, b model.Instance) int { return compare(place[a.ID], place[b.ID]) })
	} else {
		slices.SortStableFunc(rows, l.compare)
	}
	l.rows = rows
	if l.wanted != 0 {
		if got := l.on(l.wanted); got.selected == l.wanted {
			l, l.wanted = got, 0
		}
	}
	return l.reselect(at)
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

// reselect keeps the selection on its instance; when that is gone, on the one that took its place.
func (l list) reselect(at int) list {
	if len(l.rows) == 0 {
		l.selected, l.top = 0, 0
		return l
	}
	if !slices.ContainsFunc(l.rows, func(i model.Instance) bool { return i.ID == l.selected }) {
		l.selected = l.rows[min(max(at, 0), len(l.rows)-1)].ID
	}
	l.top = scrolled(l.top, l.at(), l.fits(), len(l.rows))
	return l
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
	return max(slices.IndexFunc(l.rows, func(i model.Instance) bool { return i.ID == l.selected }), 0)
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
	if slices.ContainsFunc(l.rows, func(i model.Instance) bool { return i.ID == id }) {
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

// marked turns the mark of one instance.
func (l list) marked(id model.InstanceID) list {
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
	if len(marks) == len(l.targets()) && len(l.marks) > 0 {
		marks = nil
	}
	l.marks = marks
	return l
}

// targets are the instances an order goes to: the marked ones that are shown, else the selected one.
func (l list) targets() []model.Instance {
	var marked []model.Instance
	for _, r := range l.rows {
		if l.marks[r.ID] {
			marked = append(marked, r)
		}
	}
	if len(marked) > 0 || len(l.rows) == 0 {
		return marked
	}
	return l.rows[l.at() : l.at()+1]
}

package pane

import (
	"maps"
	"slices"
	"strings"

	"berth/model"
	"berth/ui/kit"
)

// Instances is the pane of the instances. Its selection is an id and not a row, so that it stays on what people
// meant while instances come and go around it.
type Instances struct {
	Selected model.InstanceID

	rows     []model.Instance          // as shown: filtered and sorted
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

// WithScene is the pane with newer knowledge. While steady is set, because a dialog is open, the rows don't change
// places.
func (l Instances) WithScene(s Scene, steady bool) Instances {
	before := l.rows
	rows := slices.DeleteFunc(slices.Clone(s.Fleet.Instances), func(i model.Instance) bool { return !l.shows(s, i) })
	order := l.compare
	if steady {
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
func (l Instances) compare(a, b model.Instance) int {
	c := orders[l.order].less(a, b)
	if l.reversed {
		c = -c
	}
	if c == 0 {
		return compare(b.ID, a.ID)
	}
	return c
}

// reselect leaves the selection on its instance; when that is gone, on the next one below it that is still
// there, or the last above.
func (l Instances) reselect(before []model.Instance) Instances {
	if l.wanted != 0 && l.has(l.wanted) {
		l.Selected, l.wanted = l.wanted, 0
	}
	if len(l.rows) == 0 {
		l.Selected, l.top = 0, 0
		return l
	}
	if !l.has(l.Selected) {
		l.Selected = l.heir(before)
	}
	return l.inSight()
}

// heir is who is selected after the selected one is gone.
func (l Instances) heir(before []model.Instance) model.InstanceID {
	at := max(placeOf(before, l.Selected), 0)
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

// inSight scrolls to the selected row.
func (l Instances) inSight() Instances {
	l.top = kit.InSight(l.top, l.at(), l.at()+1, l.Fits(), len(l.rows))
	return l
}

// has reports whether an instance is shown.
func (l Instances) has(id model.InstanceID) bool { return placeOf(l.rows, id) >= 0 }

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
func (l Instances) shows(s Scene, i model.Instance) bool {
	if l.mine && i.Owner != s.Me {
		return false
	}
	return l.filter == "" || kit.SearchFor(l.filter).Finds(i.ID.String(), i.Label, i.Owner, s.Owner(i.Owner), i.Order.Image,
		i.Order.Name, string(i.Order.Mode), i.Status())
}

// at is the selected row's place.
func (l Instances) at() int {
	return max(placeOf(l.rows, l.Selected), 0)
}

// ListHeadings are the lines above the first row: the title and the columns' names.
const ListHeadings = 2

// Fits is how many rows there is room for below the headings.
func (l Instances) Fits() int { return max(l.h-ListHeadings, 1) }

// Moved selects the row that many rows away.
func (l Instances) Moved(by int) Instances {
	if len(l.rows) == 0 {
		return l
	}
	return l.On(l.rows[kit.Clamp(l.at()+by, len(l.rows))].ID)
}

// On selects an instance, where it is shown.
func (l Instances) On(id model.InstanceID) Instances {
	if l.has(id) {
		l.Selected = id
		return l.inSight()
	}
	return l
}

// Wanting selects an instance that may not be in a fleet yet: it is selected as soon as it is.
func (l Instances) Wanting(id model.InstanceID) Instances {
	l.wanted = id
	return l
}

// Sized gives the pane its room.
func (l Instances) Sized(w, h int) Instances {
	l.w, l.h = w, h
	return l.inSight()
}

// Turned turns the mark of one instance.
func (l Instances) Turned(id model.InstanceID) Instances {
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

// AllMarked marks all rows shown; none where they all are.
func (l Instances) AllMarked() Instances {
	marks := make(map[model.InstanceID]bool, len(l.rows))
	for _, r := range l.rows {
		marks[r.ID] = true
	}
	if len(l.Marked()) == len(marks) {
		marks = nil
	}
	l.marks = marks
	return l
}

// Marked are the marked instances that are shown: what a filter hides is not ordered about.
func (l Instances) Marked() []model.Instance {
	var out []model.Instance
	for _, r := range l.rows {
		if l.marks[r.ID] {
			out = append(out, r)
		}
	}
	return out
}

// Unmarked is the pane with no mark.
func (l Instances) Unmarked() Instances {
	l.marks = nil
	return l
}

// Current is the selected instance; false where none is shown.
func (l Instances) Current() (model.Instance, bool) {
	if len(l.rows) == 0 {
		return model.Instance{}, false
	}
	return l.rows[l.at()], true
}

// Under is the instance on a line of the pane, counted from its title; false where there is none.
func (l Instances) Under(line int) (model.InstanceID, bool) {
	row := l.top + line - ListHeadings
	if line < ListHeadings || row >= len(l.rows) {
		return 0, false
	}
	return l.rows[row].ID, true
}

// Filter is the text that rows are filtered by; empty where all are shown.
func (l Instances) Filter() string { return l.filter }

// Filtered shows the instances that have every word of a text.
func (l Instances) Filtered(s Scene, text string) Instances {
	l.filter = text
	return l.WithScene(s, false)
}

// NextOrder sorts by the next column.
func (l Instances) NextOrder(s Scene) Instances {
	l.order, l.reversed = (l.order+1)%len(orders), false
	return l.WithScene(s, false)
}

// Reversed sorts the other way round.
func (l Instances) Reversed(s Scene) Instances {
	l.reversed = !l.reversed
	return l.WithScene(s, false)
}

// MineOrAll shows only the user's own instances, or everybody's again.
func (l Instances) MineOrAll(s Scene) Instances {
	l.mine = !l.mine
	return l.WithScene(s, false)
}

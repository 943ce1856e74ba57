package pane

import (
	"maps"
	"slices"
	"strings"

	"berth/model"
	"berth/ui/kit"
)

// Instances is the pane with the list of instances. The selection is an id and not a row number, so that it stays on
// the same instance while others appear and disappear.
type Instances struct {
	Selected model.InstanceID

	rows     []*model.Instance         // as shown: filtered and sorted; they are the fleet's, which nobody changes
	wanted   model.InstanceID          // to be selected once it is there
	marks    map[model.InstanceID]bool // replaced, never changed
	filter   string
	order    int // index into orders
	reversed bool
	mine     bool
	top      int
	w, h     int
}

// orders lists the sort orders, in the sequence of the `o` key.
var orders = []struct {
	name     string
	less     func(a, b *model.Instance) int
	measured bool // each second, so that every instance counts as in sight
}{
	{"newest", func(a, b *model.Instance) int { return compare(b.ID, a.ID) }, false},
	{"label", func(a, b *model.Instance) int { return strings.Compare(a.Label, b.Label) }, false},
	{"status", func(a, b *model.Instance) int { return strings.Compare(a.Status(), b.Status()) }, false},
	{"GPUs", func(a, b *model.Instance) int { return compare(len(b.GPUs), len(a.GPUs)) }, false},
	{"CPU", func(a, b *model.Instance) int { return compare(b.Use.CPU.Or(-1), a.Use.CPU.Or(-1)) }, true},
	{"RAM", func(a, b *model.Instance) int { return compare(b.Use.Memory.Or(-1), a.Use.Memory.Or(-1)) }, true},
	{"disk", func(a, b *model.Instance) int { return compare(b.Use.Disk.Or(-1), a.Use.Disk.Or(-1)) }, false},
	{"owner", func(a, b *model.Instance) int { return strings.Compare(a.Owner, b.Owner) }, false},
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

// WithScene updates the pane. While steady is set, because an overlay is open, the rows keep their order.
func (l Instances) WithScene(s Scene, steady bool) Instances {
	before := l.rows
	rows := make([]*model.Instance, 0, len(s.Fleet.Instances))
	for n := range s.Fleet.Instances {
		if i := &s.Fleet.Instances[n]; l.shows(s, i) {
			rows = append(rows, i)
		}
	}
	order := l.compare
	if steady {
		order = placedAs(before)
	}
	slices.SortStableFunc(rows, order)
	l.rows = rows
	return l.reselect(before)
}

// placedAs orders rows as they were; new ones come last.
func placedAs(before []*model.Instance) func(a, b *model.Instance) int {
	place := make(map[model.InstanceID]int, len(before))
	for n, r := range before {
		place[r.ID] = n - len(before) // negative; a new row has 0
	}
	return func(a, b *model.Instance) int { return compare(place[a.ID], place[b.ID]) }
}

// compare orders two rows: by the chosen column, the newest first where that can't tell.
func (l Instances) compare(a, b *model.Instance) int {
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
func (l Instances) reselect(before []*model.Instance) Instances {
	if l.wanted != 0 && l.has(l.wanted) {
		l.Selected, l.wanted = l.wanted, 0
	}
	if len(l.rows) == 0 {
		l.Selected, l.top = 0, 0
		return l
	}
	if !l.has(l.Selected) {
		l.Selected = l.nextSelection(before)
	}
	return l.inSight()
}

// nextSelection is who is selected after the selected one is gone.
func (l Instances) nextSelection(before []*model.Instance) model.InstanceID {
	at := max(indexOf(before, l.Selected), 0)
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

// InSight are the instances whose readings are on the screen, or decide what is.
func (l Instances) InSight() []model.InstanceID {
	rows := l.rows
	if !orders[l.order].measured {
		rows = kit.Window(rows, l.top, l.Fits())
	}
	ids := make([]model.InstanceID, len(rows))
	for n, r := range rows {
		ids[n] = r.ID
	}
	return ids
}

// inSight scrolls to the selected row.
func (l Instances) inSight() Instances {
	l.top = kit.InSight(l.top, l.at(), l.at()+1, l.Fits(), len(l.rows))
	return l
}

// has reports whether an instance is among the rows.
func (l Instances) has(id model.InstanceID) bool { return indexOf(l.rows, id) >= 0 }

// indexOf is where an instance stands, or -1.
func indexOf(rows []*model.Instance, id model.InstanceID) int {
	return slices.IndexFunc(rows, func(i *model.Instance) bool { return i.ID == id })
}

// shows reports whether a row passes the filter: each of its words is found somewhere in it.
func (l Instances) shows(s Scene, i *model.Instance) bool {
	if l.mine && i.Owner != s.Me {
		return false
	}
	return l.filter == "" || kit.SearchFor(l.filter).Finds(model.NameOf(i), i.Label, i.Owner, s.Owner(i.Owner), i.Order.Image,
		i.Order.Name, string(i.Order.Mode), i.Status())
}

// at returns the position of the selected row.
func (l Instances) at() int {
	return max(indexOf(l.rows, l.Selected), 0)
}

// ListHeadings is the number of lines above the first row: the title and the column headings.
const ListHeadings = 2

// Fits returns how many rows fit below the headings.
func (l Instances) Fits() int { return max(l.h-ListHeadings, 1) }

// Moved moves the selection by a number of rows.
func (l Instances) Moved(by int) Instances {
	if len(l.rows) == 0 {
		return l
	}
	return l.On(l.rows[kit.Clamp(l.at()+by, len(l.rows))].ID)
}

// On selects an instance if it is among the rows.
func (l Instances) On(id model.InstanceID) Instances {
	if l.has(id) {
		l.Selected = id
		return l.inSight()
	}
	return l
}

// SelectedWhenPresent selects an instance that may not be in a fleet yet. It is selected as soon as it appears.
func (l Instances) SelectedWhenPresent(id model.InstanceID) Instances {
	l.wanted = id
	return l
}

// Sized sets the pane's size in cells.
func (l Instances) Sized(w, h int) Instances {
	l.w, l.h = w, h
	return l.inSight()
}

// MarkToggled switches the mark of an instance.
func (l Instances) MarkToggled(id model.InstanceID) Instances {
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

// AllMarked marks all rows. If all are marked, it removes the marks.
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

// Marked returns the marked instances among the rows. An instance that the filter hides gets no order.
func (l Instances) Marked() []model.Instance {
	var out []model.Instance
	for _, r := range l.rows {
		if l.marks[r.ID] {
			out = append(out, *r)
		}
	}
	return out
}

// Unmarked removes all marks.
func (l Instances) Unmarked() Instances {
	l.marks = nil
	return l
}

// Current returns the selected instance; false if there are no rows.
func (l Instances) Current() (model.Instance, bool) {
	if len(l.rows) == 0 {
		return model.Instance{}, false
	}
	return *l.rows[l.at()], true
}

// RowAt returns the instance on a line of the pane, counted from the title; false if there is none.
func (l Instances) RowAt(line int) (model.InstanceID, bool) {
	row := l.top + line - ListHeadings
	if line < ListHeadings || row >= len(l.rows) {
		return 0, false
	}
	return l.rows[row].ID, true
}

// Filter returns the filter's text, or "" if there is no filter.
func (l Instances) Filter() string { return l.filter }

// Filtered sets the filter. The rows are the instances that contain every word of the text.
func (l Instances) Filtered(s Scene, text string) Instances {
	l.filter = text
	return l.WithScene(s, false)
}

// NextOrder sorts by the next column.
func (l Instances) NextOrder(s Scene) Instances {
	l.order, l.reversed = (l.order+1)%len(orders), false
	return l.WithScene(s, false)
}

// Reversed reverses the order.
func (l Instances) Reversed(s Scene) Instances {
	l.reversed = !l.reversed
	return l.WithScene(s, false)
}

// MineOrAll switches between the user's own instances and all instances.
func (l Instances) MineOrAll(s Scene) Instances {
	l.mine = !l.mine
	return l.WithScene(s, false)
}

package pane

import (
	"fmt"
	"strconv"
	"strings"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// instanceRow is an instance as the table sees it.
type instanceRow struct {
	*model.Instance
	selected, marked bool
}

// View draws the pane in l.w × l.h cells: title, headings, rows.
func (l Instances) View(s Scene, focused bool, input string) string {
	lines := []string{l.title(s, focused, input)}
	if len(l.rows) == 0 {
		return strings.Join(append(lines, emptyOf(l, s)...), "\n")
	}
	rows := make([]instanceRow, len(l.rows))
	for i, r := range l.rows {
		rows[i] = instanceRow{r, r.ID == l.Selected, l.marks[r.ID]}
	}
	t := kit.Table[instanceRow]{Theme: s.Theme, Columns: instanceColumns(s)}.Fit(l.w-2, rows)
	lines = append(lines, " "+t.Head())
	for _, r := range kit.Window(rows, l.top, l.Fits()) {
		lines = append(lines, " "+s.dimmed(r.Machine, t.Row(r)))
	}
	return strings.Join(lines, "\n")
}

// title says which instances are shown and how: INSTANCES mine 3 · all 9, the filter, the order.
func (l Instances) title(s Scene, focused bool, input string) string {
	th := s.Theme
	mine := 0
	for _, i := range s.Fleet.Instances {
		if i.Owner == s.Me {
			mine++
		}
	}
	counts := []string{fmt.Sprintf("mine %d", mine), fmt.Sprintf("all %d", len(s.Fleet.Instances))}
	which := 1
	if l.mine {
		which = 0
	}
	for i, c := range counts {
		style := th.Dim
		if i == which {
			style = th.Plain
		}
		counts[i] = style.Render(c)
	}
	left := " " + paneTitle(th, "INSTANCES", focused) + "  " + strings.Join(counts, th.Dim.Render(" "+th.Dot+" "))
	if n := len(l.Marked()); n > 0 {
		left += " " + th.Warn.Render(fmt.Sprintf("%s %d marked", th.Marked, n))
	}
	room := l.w - 1 - theme.Width(left)
	return spread(th, left, titleRightOf(l, s, input, room), l.w-1)
}

// titleRightOf returns the filter and the sort order. If there is no filter and no room for the key that makes one, it
// returns the order alone.
func titleRightOf(l Instances, s Scene, input string, room int) string {
	th := s.Theme
	filter := th.Hint(theme.Hint{Key: "/", Does: "filter"}) + "   "
	switch {
	case input != "":
		filter = input + "   "
	case l.filter != "":
		filter = th.Warn.Render("/"+theme.Text(l.filter)) + th.Dim.Render(fmt.Sprintf(" %d shown", len(l.rows))) + "   "
	}
	arrow := th.Down
	if l.reversed {
		arrow = th.Up
	}
	order := th.Hint(theme.Hint{Key: "o", Does: orders[l.order].name + " " + arrow})
	if input == "" && l.filter == "" && theme.Width(filter+order) >= room {
		return order
	}
	return filter + order
}

// emptyOf says what to do if there are no rows.
func emptyOf(l Instances, s Scene) []string {
	th := s.Theme
	var text string
	switch all := len(s.Fleet.Instances); {
	case s.Fleet.At.IsZero():
		text = "Looking at the machine" + th.Ellipsis
	case l.filter != "":
		text = fmt.Sprintf("Nothing matches %q. Esc clears the filter.", theme.Text(l.filter))
	case all > 0:
		text = fmt.Sprintf("None of them is yours. m shows all %d, n launches your first.", all)
	case !s.Fleet.Engine.OK:
		text = noEngine(s.Fleet.Engine)
	default:
		text = "No instance yet. n launches your first: choose a template and how many GPUs, then Enter."
	}
	lines := []string{""}
	for _, line := range theme.Wrap(text, max(l.w-6, 10)) {
		lines = append(lines, "   "+line)
	}
	return lines[:min(len(lines), max(l.h-1, 1))]
}

// noEngine says what to do if no engine answers.
func noEngine(c model.Condition) string {
	reason := strings.TrimSuffix(theme.Text(c.Reason), ".")
	if reason == "" {
		reason = "no answer"
	}
	return "The engine can't be used: " + reason + ". ctrl-r tries again; berth --demo shows the screen without one."
}

func instanceColumns(s Scene) []kit.Column[instanceRow] {
	th := s.Theme
	least, most := idWidths(s)
	use := func(r instanceRow, text string, known bool) string {
		switch _, old := s.stale(r.Use.At); {
		case !known:
			return th.Dim.Render(th.Dash)
		case old:
			return th.Dim.Render(text)
		}
		return text
	}
	return []kit.Column[instanceRow]{
		{Title: "  ID", Min: least, Max: most, Fit: true, Cell: func(r instanceRow, w int) string { return rowID(s, r, w) }},
		{Title: "LABEL", Min: 10, Max: 24, Cell: func(r instanceRow, w int) string { return rowLabel(th, r, w) }},
		{Title: "STATUS", Min: 15, Cell: func(r instanceRow, _ int) string { return s.statusOf(*r.Instance) }},
		{Title: "IMAGE", Min: 20, Good: 22, Max: 44, Rank: 4, Cell: func(r instanceRow, w int) string { return image(th, r.Order.Image, w) }},
		{Title: "MODE", Min: 7, Max: 10, Rank: 6, Cell: func(r instanceRow, w int) string { return modeWord(r.Order.Mode, w) }},
		{Title: "GPU", Min: 7, Max: 12, Fit: true, Cell: func(r instanceRow, _ int) string { return heldGPUs(s, *r.Instance) }},
		{Title: "CORES", Min: 5, Right: true, Rank: 3, Cell: func(r instanceRow, _ int) string {
			v, ok := r.Use.CPU.Get()
			return use(r, v.Cores(), ok)
		}},
		{Title: "RAM", Min: 5, Right: true, Rank: 2, Cell: func(r instanceRow, _ int) string {
			v, ok := r.Use.Memory.Get()
			return use(r, v.Binary(), ok)
		}},
		{Title: "DISK", Min: 7, Max: 9, Fit: true, Right: true, Rank: 5, Cell: func(r instanceRow, _ int) string { return disk(th, *r.Instance) }},
		{Title: "PORTS", Min: 5, Right: true, Rank: 7, Cell: func(r instanceRow, _ int) string { return strconv.Itoa(len(r.Plan.Ports)) }},
		{Title: "AGE", Min: 4, Right: true, Rank: 1, Cell: func(r instanceRow, _ int) string {
			return since(r.Born(), s.Now, th.Dash)
		}},
		{Title: "OWNER", Min: 6, Max: 12, Cell: func(r instanceRow, _ int) string { return ownerCell(s, r.Owner) }},
	}
}

// rowID draws the id. The selected row has a sign, and its id and label are in reverse. Highlighting the whole row
// would write a hundred bytes more for each key press.
func rowID(s Scene, r instanceRow, w int) string {
	th, mark, sign, id := s.Theme, " ", " ", shortName(s, r.Instance, w-2)
	if r.marked {
		mark = th.Warn.Render(th.Marked)
	}
	if r.selected {
		sign, id = th.Selected, th.Focus.Render(id)
	}
	return mark + sign + id
}

func rowLabel(th theme.Theme, r instanceRow, w int) string {
	label := th.Clip(theme.Text(r.Label), w)
	switch {
	case label == "":
		return th.Dim.Render(th.Dash)
	case r.selected:
		return th.Focus.Render(label)
	}
	return label
}

// image shortens a reference to w cells. Images differ mostly at the end of the name, so a long name loses its
// beginning.
func image(th theme.Theme, ref string, w int) string {
	ref = theme.Text(ref)
	if theme.Width(ref) <= w {
		return ref
	}
	if slash := strings.LastIndexByte(ref, '/'); slash >= 0 {
		ref = ref[slash+1:]
	}
	return th.Clip(ref, w)
}

// modeWord returns a mode's name, shortened if it doesn't fit in w cells.
func modeWord(m model.Mode, w int) string {
	if len(m) > w {
		return "entry"
	}
	return string(m)
}

// heldGPUs formats how many GPUs an instance holds and which, or why it holds none.
func heldGPUs(s Scene, i model.Instance) string {
	words := i.GPUWords(s.indexes(i.GPUs))
	if len(i.GPUs) == 0 {
		return s.Theme.Dim.Render(words)
	}
	return words
}

// disk formats used and promised disk in GB. It is a dash if the promise was given back.
func disk(th theme.Theme, i model.Instance) string {
	if i.Plan.Disk == 0 {
		return th.Dim.Render(th.Dash)
	}
	promised := strconv.FormatFloat(float64(i.Plan.Disk)/float64(model.GB), 'f', 0, 64)
	used, known := i.Use.Disk.Get()
	if !known {
		return th.Dim.Render(th.Dash) + "/" + promised
	}
	text := strconv.FormatFloat(float64(used)/float64(model.GB), 'f', 0, 64) + "/" + promised
	return diskFull.markPart(th, i.Use.Disk, i.Plan.Disk, text)
}

func ownerCell(s Scene, name string) string {
	if name == s.Me {
		return s.Theme.Own.Render("you")
	}
	return theme.Text(name)
}

package pane

import (
	"fmt"
	"strconv"

	"github.com/charmbracelet/x/ansi"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// gpuColumns returns the columns for a line of width cells. If all GPUs are of one model, the header shows it and the
// column is the first to be dropped.
func gpuColumns(s Scene, width int) []kit.Column[gpuRow] {
	th := s.Theme
	holderLeast, memLeast, modelRank := 13, 5, 4
	switch {
	case width >= 60:
		holderLeast, memLeast = 24, 12
	case width >= 50:
		holderLeast = 22
	}
	if mixed(s.Fleet.Devices) {
		modelRank = 1
	}
	// dim returns a figure's text, dimmed if the reading is old.
	dim := func(r gpuRow, text string) string {
		if _, old := s.stale(r.At); old {
			return th.Dim.Render(text)
		}
		return text
	}
	return []kit.Column[gpuRow]{
		{Title: "GPU", Min: 3, Cell: func(r gpuRow, _ int) string { return gpuIndex(th, r) }},
		{Title: "MODEL", Min: 9, Max: 16, Fit: true, Rank: modelRank, Cell: func(r gpuRow, _ int) string { return theme.Text(r.ShortModel()) }},
		{Title: "UTIL", Min: 12, Max: 5 + traceCells, Fill: true, Cell: func(r gpuRow, w int) string { return utilized(s, r, w, width+2 >= tracedWidth) }},
		{Title: "MEM", Min: memLeast, Max: 12, Cell: func(r gpuRow, w int) string {
			if _, old := s.stale(r.At); old {
				return th.Dim.Render(ansi.Strip(memory(th, *r.Device, w)))
			}
			return memory(th, *r.Device, w)
		}},
		{Title: "TEMP", Min: 4, Right: true, Rank: 2, Cell: func(r gpuRow, _ int) string { return temperature(s, *r.Device) }},
		{Title: "POWER", Min: 5, Right: true, Rank: 3, Cell: func(r gpuRow, _ int) string {
			return dim(r, figure(r.Power, "W", th.Dash))
		}},
		{Title: "HOLDER", Min: holderLeast, Good: 32, Max: 60, Cell: func(r gpuRow, _ int) string { return holder(s, *r.Device) }},
		{Title: "IDLE", Min: 4, Max: 5, Fit: true, Right: true, Rank: 1, Cell: func(r gpuRow, _ int) string {
			return idle(s, r)
		}},
	}
}

// mixed reports whether the machine has GPUs of several models.
func mixed(devices []model.Device) bool {
	for _, d := range devices {
		if d.Model != devices[0].Model {
			return true
		}
	}
	return false
}

func gpuIndex(th theme.Theme, r gpuRow) string {
	n := fmt.Sprintf("%2d", r.Index)
	if r.selected {
		return th.Selected + th.Focus.Render(n)
	}
	if r.related {
		return th.Dot + n
	}
	return " " + n
}

// utilized draws a GPU's utilization with its figure. With enough room it is a trace of the last minutes, in the
// colours of the holders at each time. Otherwise it is a bar.
func utilized(s Scene, r gpuRow, w int, traced bool) string {
	th := s.Theme
	style, drawn := s.whose(r.Holder).style(th), ""
	u, known := r.Utilization.Get()
	figure := th.PadLeft(figure(r.Utilization, "%", th.Dash), 5)
	_, old := s.stale(r.At)
	if old || !known {
		style, figure = th.Dim, th.Dim.Render(figure)
	}
	switch {
	case traced:
		drawn = r.trace.line(th, utilization, w-5)
	case known:
		drawn = th.Bar(style, w-5, float64(u))
	default:
		drawn = th.Pad("", w-5)
	}
	return drawn + figure
}

// memory formats used and total memory with a level sign. With less than 12 cells it is only the used memory.
func memory(th theme.Theme, d model.Device, w int) string {
	used, known := d.MemoryUsed.Get()
	if !known {
		return th.Dash
	}
	if w < 12 || d.Memory == 0 {
		return gpuFull.markPart(th, d.MemoryUsed, d.Memory, fmt.Sprintf("%5s", used.Binary()))
	}
	text, percent := fmt.Sprintf("%10s", gib(used)+"/"+gib(d.Memory)+"G"), 100*float64(used)/float64(d.Memory)
	if marked := gpuFull.mark(th, percent, text); marked != text {
		return marked
	}
	return text + " " + th.Level(percent)
}

func temperature(s Scene, d model.Device) string {
	c, known := d.Temperature.Get()
	text := figure(d.Temperature, "", s.Theme.Dash)
	if _, old := s.stale(d.At); old || !known {
		return s.Theme.Dim.Render(text)
	}
	return heat.mark(s.Theme, float64(c), text)
}

// idle formats how long a GPU has been idle. It is highlighted if an instance has held the GPU idle for long.
func idle(s Scene, r gpuRow) string {
	text := atLeast(r.IdleLonger, ">", since(r.IdleSince, s.Now, s.Theme.Dash))
	if r.Holder.Kind == model.HeldByInstance && !r.IdleSince.IsZero() {
		if marked := idleHeld.mark(s.Theme, s.Now.Sub(r.IdleSince).Hours(), text); marked != text {
			return marked
		}
	}
	return s.Theme.Dim.Render(text)
}

// holder says who has a GPU. A problem of the GPU is shown before the holder, an old or slowed reading after it.
func holder(s Scene, d model.Device) string {
	th := s.Theme
	if _, away := s.Fleet.Silent(d.Machine); away { // the heading says for how long
		return holderName(s, d.Holder)
	}
	if old, is := s.stale(d.At); is {
		return holderName(s, d.Holder) + th.Warn.Render(" "+th.Dot+" read "+model.Age(old)+" ago")
	}
	if d.Trouble() != "" && !d.At.IsZero() {
		return problemText(s, d)
	}
	if d.Slowed != "" {
		return holderName(s, d.Holder) + th.Warn.Render(" "+th.Dot+" slowed by "+theme.Text(d.Slowed))
	}
	return holderName(s, d.Holder)
}

// problemText says what is wrong with a GPU, and who has it, if anyone.
func problemText(s Scene, d model.Device) string {
	th := s.Theme
	what := th.Warn.Render(theme.Text(d.Trouble()))
	if !d.Health.OK {
		what = th.Bad.Render(th.Failed + " " + theme.Text(d.Health.Reason))
	}
	if d.HolderKind() != d.Holder.Kind {
		return what
	}
	return what + " " + holderName(s, d.Holder)
}

func holderName(s Scene, h model.Holder) string {
	th := s.Theme
	name := theme.Text(h.Name)
	switch h.Kind {
	case model.HeldByInstance:
		return theme.Join(s.whose(h).style(th).Render(theme.Text(h.ID)), name, th.Dim.Render(s.Owner(h.Owner)))
	case model.HeldByContainer:
		return th.Warn.Render(theme.Join("outside: container", name, bracketed(s.Owner(h.Owner))))
	case model.HeldByProcess:
		return th.Warn.Render(theme.Join("outside: pid", theme.Text(h.ID), name, bracketed(s.Owner(h.Owner))))
	case model.HeldInConflict:
		return th.Bad.Render(theme.Join("conflict:", theme.Text(h.ID), name, bracketed(s.Owner(h.Owner))))
	case model.HeldByUnknown:
		return th.Warn.Render("pid " + theme.Text(h.ID) + ", whose isn't seen from here")
	case model.HeldForReservation:
		return theme.Join("reserved", s.Owner(h.Owner), th.Dim.Render(th.Dash+h.Ends.In(s.Now.Location()).Format("15:04")))
	case model.HeldForWaiter:
		return th.Dim.Render(theme.Text(h.String()))
	case model.HeldByNobody, model.HeldByIllness:
	}
	return th.Good.Render("free")
}

func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

// figure formats a number without decimals, or returns dash if it is unknown.
func figure[T ~float64](m model.Maybe[T], unit, dash string) string {
	v, known := m.Get()
	if !known {
		return dash
	}
	return strconv.FormatFloat(float64(v), 'f', 0, 64) + unit
}

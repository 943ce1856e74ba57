package ui

import (
	"fmt"
	"strconv"
	"strings"

	"berth/model"
	"berth/ui/theme"
)

// gpus is the pane that answers who has the GPUs: a line each, or two columns of lines where there are
// more than fit.
type gpus struct {
	selected model.GPUID
	top      int // first line shown, where not all fit
	w, h     int
}

// gpuRow is a device as the table sees it.
type gpuRow struct {
	model.Device
	selected bool
	related  bool // held by the instance that is selected in the list
}

// seen keeps the selection on the GPU it was on; on the first one when that is gone.
func (g gpus) seen(s scene) gpus {
	if _, there := s.fleet.Device(g.selected); !there && len(s.fleet.Devices) > 0 {
		g.selected = s.fleet.Devices[0].ID
	}
	return g
}

// moved selects the GPU that many lines away.
func (g gpus) moved(s scene, by int) gpus {
	if n := len(s.fleet.Devices); n > 0 {
		at := min(max(g.at(s)+by, 0), n-1)
		g.selected = s.fleet.Devices[at].ID
		g.top = scrolled(g.top, at, g.h-1, n)
	}
	return g
}

// at is the selected device's place.
func (g gpus) at(s scene) int {
	for i, d := range s.fleet.Devices {
		if d.ID == g.selected {
			return i
		}
	}
	return 0
}

// view draws the pane in g.w × g.h cells, headings included. Where the list has the keys, its selected instance
// shows which GPUs are its own.
func (g gpus) view(s scene, focused bool, related model.InstanceID) string {
	if len(s.fleet.Devices) == 0 {
		return g.empty(s)
	}
	rows := make([]gpuRow, len(s.fleet.Devices))
	for i, d := range s.fleet.Devices {
		rows[i] = gpuRow{d, focused && d.ID == g.selected, !focused && d.Holder.ID == related.String()}
	}
	fits := g.h - 1
	if g.doubled(s) {
		return g.twoColumns(s, rows, fits)
	}
	t := table[gpuRow]{s.theme, gpuColumns(s, g.w-2)}.fit(g.w-2, rows)
	lines := []string{" " + t.head()}
	top := min(g.top, max(len(rows)-fits, 0))
	for _, r := range rows[top:min(top+fits, len(rows))] {
		lines = append(lines, " "+t.row(r))
	}
	return strings.Join(lines, "\n")
}

// doubled reports whether the devices stand in two columns.
func (g gpus) doubled(s scene) bool {
	return len(s.fleet.Devices) > g.h-1 && g.w >= 2*leastGPUWidth+3
}

// under is the place of the device at a cell of the pane, counted below the headings.
func (g gpus) under(s scene, x, line int) int {
	if g.doubled(s) && x > g.w/2 {
		line += (len(s.fleet.Devices) + 1) / 2
	}
	return g.top + line
}

// leastGPUWidth is the narrowest a line can be and still tell who has the GPU.
const leastGPUWidth = 38

// twoColumns draws the second half of the devices beside the first.
func (g gpus) twoColumns(s scene, rows []gpuRow, fits int) string {
	half := (len(rows) + 1) / 2
	width := (g.w - 4) / 2
	t := table[gpuRow]{s.theme, gpuColumns(s, width)}.fit(width, rows)
	lines := []string{" " + s.theme.Pad(t.head(), width) + "  " + t.head()}
	top := min(g.top, max(half-fits, 0))
	for i := top; i < min(top+fits, half); i++ {
		line := " " + s.theme.Pad(t.row(rows[i]), width)
		if i+half < len(rows) {
			line += "  " + t.row(rows[i+half])
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// empty says why there is no GPU and what can be done without one.
func (g gpus) empty(s scene) string {
	why := "No GPU on this machine."
	if reason := theme.Text(s.fleet.Driver.Reason); reason != "" {
		why = "No GPU: " + reason + "."
	}
	lines := theme.Wrap(strings.Replace(why, "..", ".", 1)+" Instances without GPUs work.", max(g.w-2, 10))
	for i, l := range lines {
		lines[i] = " " + s.theme.Dim.Render(l)
	}
	return strings.Join(lines[:min(len(lines), max(g.h, 1))], "\n")
}

// gpuColumns are the columns for a line of that many cells. The model stands in the header where all GPUs
// are of one, so that a narrow line spends nothing on it.
func gpuColumns(s scene, width int) []column[gpuRow] {
	th := s.theme
	holderLeast, memLeast, modelRank := 13, 5, 4
	switch {
	case width >= 60:
		holderLeast, memLeast = 24, 12
	case width >= 50:
		holderLeast = 22
	}
	if mixed(s.fleet.Devices) {
		modelRank = 1
	}
	// dim draws a figure, dimmed where it is old.
	dim := func(r gpuRow, text string) string {
		if _, old := s.stale(r.Reading); old {
			return th.Dim.Render(text)
		}
		return text
	}
	return []column[gpuRow]{
		{title: "GPU", min: 3, cell: func(r gpuRow, _ int) string { return gpuIndex(th, r) }},
		{title: "MODEL", min: 9, max: 16, rank: modelRank, cell: func(r gpuRow, _ int) string { return theme.Text(r.ShortModel()) }},
		{title: "UTIL", min: 12, max: 19, fill: true, cell: func(r gpuRow, w int) string { return utilization(s, r.Device, w) }},
		{title: "MEM", min: memLeast, max: 12, cell: func(r gpuRow, w int) string { return dim(r, memory(th, r.Device, w)) }},
		{title: "TEMP", min: 4, right: true, rank: 2, cell: func(r gpuRow, _ int) string { return temperature(s, r.Device) }},
		{title: "POWER", min: 5, right: true, rank: 3, cell: func(r gpuRow, _ int) string {
			return dim(r, figure(r.Power, "W", th.Dash))
		}},
		{title: "HOLDER", min: holderLeast, max: 60, cell: func(r gpuRow, _ int) string { return holder(s, r.Device) }},
		{title: "IDLE", min: 4, right: true, rank: 1, cell: func(r gpuRow, _ int) string {
			return th.Dim.Render(since(r.IdleSince, s.now, th.Dash))
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
		return th.Accent.Render(th.Selected) + th.Strong.Render(n)
	}
	if r.related {
		return th.Accent.Render(th.Dot) + n
	}
	return " " + n
}

// utilization is a bar with its figure behind it.
func utilization(s scene, d model.Device, w int) string {
	u, known := d.Utilization.Get()
	if !known {
		return s.theme.Dim.Render(s.theme.Dash)
	}
	bar, figure := s.theme.Bar(w-5, float64(u)), fmt.Sprintf("%4.0f%%", float64(u))
	if _, old := s.stale(d.Reading); old {
		return s.theme.Dim.Render(bar + figure)
	}
	return s.theme.Accent.Render(bar) + figure
}

// memory is used over total, with a level, where there is room; else what is used.
func memory(th theme.Theme, d model.Device, w int) string {
	used, known := d.MemoryUsed.Get()
	if !known {
		return th.Dash
	}
	if w < 12 || d.Memory == 0 {
		return fmt.Sprintf("%5s", used.Binary())
	}
	percent := 100 * float64(used) / float64(d.Memory)
	return fmt.Sprintf("%10s %s", gib(used)+"/"+gib(d.Memory)+"G", th.Level(percent))
}

// Temperatures at which data-centre GPUs are worth a look, and at which they slow themselves down
// (NVIDIA's slowdown thresholds lie between 85 and 95 °C).
const (
	warm model.Celsius = 83
	hot  model.Celsius = 90
)

func temperature(s scene, d model.Device) string {
	c, known := d.Temperature.Get()
	text := figure(d.Temperature, "", s.theme.Dash)
	_, old := s.stale(d.Reading)
	switch {
	case old || !known:
		return s.theme.Dim.Render(text)
	case c >= hot:
		return s.theme.Bad.Render(text)
	case c >= warm:
		return s.theme.Warn.Render(text)
	}
	return text
}

// holder says who has a GPU, and before that what is wrong with it.
func holder(s scene, d model.Device) string {
	th := s.theme
	if old, is := s.stale(d.Reading); is {
		return holderName(s, d.Holder) + th.Warn.Render(" "+th.Dot+" read "+model.Age(old)+" ago")
	}
	if !d.Health.OK && !d.Reading.At.IsZero() {
		return th.Bad.Render(th.Failed+" "+theme.Text(d.Health.Reason)) + " " + holderName(s, d.Holder)
	}
	return holderName(s, d.Holder)
}

func holderName(s scene, h model.Holder) string {
	th := s.theme
	name := theme.Text(h.Name)
	switch h.Kind {
	case model.HeldByInstance:
		return join(th.Strong.Render(theme.Text(h.ID)), name, th.Dim.Render(s.owner(h.Owner)))
	case model.HeldByContainer:
		return th.Warn.Render(join("outside: container", name, bracketed(s.owner(h.Owner))))
	case model.HeldByProcess:
		return th.Warn.Render(join("outside: pid", theme.Text(h.ID), name, bracketed(s.owner(h.Owner))))
	case model.HeldInConflict:
		return th.Bad.Render(join("conflict:", theme.Text(h.ID), name, bracketed(s.owner(h.Owner))))
	}
	return th.Good.Render("free")
}

// join puts words together, leaving out the empty ones.
func join(words ...string) string {
	kept := words[:0]
	for _, w := range words {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

// figure is a number without decimals, or a dash where it is unknown.
func figure[T ~float64](m model.Maybe[T], unit, dash string) string {
	v, known := m.Get()
	if !known {
		return dash
	}
	return strconv.FormatFloat(float64(v), 'f', 0, 64) + unit
}

// scrolled is the first line shown so that the selected one is among them, moved as little as possible.
func scrolled(top, at, fits, n int) int {
	fits = max(fits, 1)
	if at < top {
		top = at
	}
	if at >= top+fits {
		top = at - fits + 1
	}
	return min(max(top, 0), max(n-fits, 0))
}

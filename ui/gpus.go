package ui

import (
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
	*model.Device // in the fleet, which nobody changes
	selected      bool
	related       bool // held by the instance that is selected in the list
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
	for i := range s.fleet.Devices {
		d := &s.fleet.Devices[i]
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
	const anyway = "; CPU instances work" // a driver that can't be opened says so too
	if reason := strings.TrimSuffix(theme.Text(s.fleet.Driver.Reason), anyway); reason != "" {
		why = "No GPU: " + reason + "."
	}
	lines := theme.Wrap(strings.Replace(why, "..", ".", 1)+" Instances without GPUs work.", max(g.w-2, 10))
	for i, l := range lines {
		lines[i] = " " + s.theme.Dim.Render(l)
	}
	return strings.Join(lines[:min(len(lines), max(g.h, 1))], "\n")
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

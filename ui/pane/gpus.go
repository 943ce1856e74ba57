package pane

import (
	"strings"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// GPUs is the pane that shows who has each GPU. It has one line for each GPU, or two columns of lines if they don't fit
// otherwise.
type GPUs struct {
	Selected model.GPUID

	top  int // first visible line, if not all fit
	w, h int
}

// gpuRow is a device as a row of the table.
type gpuRow struct {
	*model.Device // points into the fleet, which nobody changes
	trace         trace
	selected      bool
	related       bool // held by the instance that is selected in the list
}

// Sized sets the pane's size in cells.
func (g GPUs) Sized(w, h int) GPUs {
	g.w, g.h = w, h
	return g
}

// Fits returns how many lines fit below the headings.
func (g GPUs) Fits() int { return g.h - 1 }

// WithScene updates the pane. The selection stays on its GPU. If that GPU is gone, the first one is selected.
func (g GPUs) WithScene(s Scene) GPUs {
	if _, there := s.Fleet.Device(g.Selected); !there && len(s.Fleet.Devices) > 0 {
		g.Selected = s.Fleet.Devices[0].ID
	}
	return g
}

// Moved moves the selection by a number of lines.
func (g GPUs) Moved(s Scene, by int) GPUs {
	if n := len(s.Fleet.Devices); n > 0 {
		at := kit.Clamp(g.At(s)+by, n)
		g.Selected = s.Fleet.Devices[at].ID
		lines := gpuLines(s)
		line := lineOf(lines, at)
		g.top = kit.InSight(g.top, line, line+1, g.Fits(), len(lines))
	}
	return g
}

// At returns the position of the selected device.
func (g GPUs) At(s Scene) int {
	for i, d := range s.Fleet.Devices {
		if d.ID == g.Selected {
			return i
		}
	}
	return 0
}

// tracedWidth is the width in cells from which a line shows the utilization over time instead of a bar of the current
// one.
const tracedWidth = 100

// View draws the pane in g.w × g.h cells, headings included. If the list has the focus, the GPUs of its selected
// instance, related, are marked.
func (g GPUs) View(s Scene, traces Traces, focused bool, related model.InstanceID) string {
	if len(s.Fleet.Devices) == 0 && len(s.Fleet.Machines) == 0 {
		return g.empty(s)
	}
	holding := related.String()
	if i, some := s.Fleet.Instance(related); some {
		holding = model.NameOf(&i)
	}
	rows := make([]gpuRow, len(s.Fleet.Devices))
	for i := range s.Fleet.Devices {
		d := &s.Fleet.Devices[i]
		rows[i] = gpuRow{d, traces.gpus[d.ID], focused && d.ID == g.Selected, !focused && d.Holder.ID == holding}
	}
	fits := g.h - 1
	if g.inTwoColumns(s) {
		return g.twoColumns(s, rows, fits)
	}
	t := kit.Table[gpuRow]{Theme: s.Theme, Columns: gpuColumns(s, g.w-2)}.Fit(g.w-2, rows)
	lines, all := []string{" " + t.Head()}, gpuLines(s)
	for _, l := range kit.Window(all, kit.Scrolled(g.top, 0, fits, len(all)), fits) {
		lines = append(lines, " "+l.drawn(s, t, rows, g.w-2))
	}
	return strings.Join(lines, "\n")
}

// inTwoColumns reports whether the devices are shown in two columns.
func (g GPUs) inTwoColumns(s Scene) bool {
	return GPULines(s) > g.Fits() && g.w >= 2*LeastGPUWidth+3
}

// DeviceAt returns the position of the device at a cell of the pane, or -1 if none is there. line counts from below the
// headings.
func (g GPUs) DeviceAt(s Scene, x, line int) int {
	lines := gpuLines(s)
	if g.inTwoColumns(s) {
		left, right := halves(s)
		if lines = left; x > g.w/2 {
			lines = right
		}
	}
	if line += g.top; line < 0 || line >= len(lines) {
		return -1
	}
	return lines[line].device
}

// LeastGPUWidth is the smallest width in cells at which a line still shows who has the GPU.
const LeastGPUWidth = 38

// twoColumns draws the second half of the lines beside the first half.
func (g GPUs) twoColumns(s Scene, rows []gpuRow, fits int) string {
	left, right := halves(s)
	half := len(left)
	width := (g.w - 4) / 2
	t := kit.Table[gpuRow]{Theme: s.Theme, Columns: gpuColumns(s, width)}.Fit(width, rows)
	lines := []string{" " + s.Theme.Pad(t.Head(), width) + "  " + t.Head()}
	top := kit.Scrolled(g.top, 0, fits, half)
	for i := top; i < min(top+fits, half); i++ {
		line := " " + s.Theme.Pad(left[i].drawn(s, t, rows, width), width)
		if i < len(right) {
			line += "  " + right[i].drawn(s, t, rows, width)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// empty says why there is no GPU and what is possible without one.
func (g GPUs) empty(s Scene) string {
	why := "No GPU on this machine."
	const anyway = "; CPU instances work" // the error of a driver that can't be opened says it too
	if reason := strings.TrimSuffix(theme.Text(s.Fleet.Driver.Reason), anyway); reason != "" {
		why = "No GPU: " + reason + "."
	}
	lines := theme.Wrap(strings.Replace(why, "..", ".", 1)+" Instances without GPUs work.", max(g.w-2, 10))
	for i, l := range lines {
		lines[i] = " " + s.Theme.Dim.Render(l)
	}
	return strings.Join(lines[:min(len(lines), max(g.h, 1))], "\n")
}

package pane

import (
	"fmt"
	"slices"

	"github.com/charmbracelet/x/ansi"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// This file has what the panes show of several machines. With one machine, nothing of it is seen.

// A gpuLine is a line of the GPUs: a device, by its position in the fleet, or the heading of a machine's.
type gpuLine struct {
	device  int // -1: a heading
	machine int
}

// gpuLines returns the lines of the GPUs. From two machines on, each machine's have a heading.
func gpuLines(s Scene) []gpuLine {
	lines := make([]gpuLine, 0, len(s.Fleet.Devices)+len(s.Fleet.Machines))
	at := 0
	for n, m := range s.Fleet.Machines {
		lines = append(lines, gpuLine{-1, n})
		for ; at < len(s.Fleet.Devices) && s.Fleet.Devices[at].Machine == m.Name; at++ {
			lines = append(lines, gpuLine{at, n})
		}
	}
	for ; at < len(s.Fleet.Devices); at++ {
		lines = append(lines, gpuLine{device: at})
	}
	return lines
}

// halves returns the lines for two columns. A machine whose GPUs go on in the second one has its heading there again.
func halves(s Scene) (left, right []gpuLine) {
	all := gpuLines(s)
	half := (len(all) + 1) / 2
	if half < len(all) && all[half].device >= 0 && len(s.Fleet.Machines) > 0 {
		half = (len(all) + 2) / 2
		if half < len(all) && all[half].device >= 0 {
			return all[:half], append([]gpuLine{{-1, all[half].machine}}, all[half:]...)
		}
	}
	return all[:half], all[half:]
}

// GPULines returns how many lines the GPUs need.
func GPULines(s Scene) int { return len(s.Fleet.Devices) + len(s.Fleet.Machines) }

// LinesBeside returns how many lines the GPUs need in two columns.
func LinesBeside(s Scene) int {
	left, _ := halves(s)
	return len(left)
}

// lineOf returns the line of a device.
func lineOf(lines []gpuLine, device int) int {
	return max(slices.IndexFunc(lines, func(l gpuLine) bool { return l.device == device }), 0)
}

// drawn draws a line in w cells.
func (l gpuLine) drawn(s Scene, t kit.Table[gpuRow], rows []gpuRow, w int) string {
	if l.device < 0 {
		return s.Theme.Clip(machineLine(s, s.Fleet.Machines[l.machine]), w)
	}
	return s.dimmed(rows[l.device].Machine, t.Row(rows[l.device]))
}

// machineLine says what a machine is, and whether its words arrive.
func machineLine(s Scene, m model.Machine) string {
	th := s.Theme
	name := th.Strong.Render(m.Name)
	switch {
	case !m.Link.OK && m.Link.Reason == "":
		return name + th.Dim.Render("  connecting"+th.Ellipsis)
	case !m.Link.OK:
		return name + "  " + th.Bad.Render(m.Away(s.Now))
	}
	own := Scene{Theme: th, Fleet: m.Fleet, Now: s.Now}
	facts := []string{}
	if n := len(m.Fleet.Devices); n > 0 {
		facts = append(facts, th.Dim.Render(fmt.Sprintf("%d%s %s", n, th.Times, gpuModel(own))), freeGPUs(own))
	} else {
		facts = append(facts, th.Dim.Render("no GPU"))
	}
	facts = append(facts, troubles(own)...)
	return theme.Join(append([]string{name + " "}, facts...)...)
}

// dimmed draws what a machine has: as what was last known of it, if it is away.
func (s Scene) dimmed(machine, row string) string {
	if _, away := s.Fleet.Silent(machine); !away {
		return row
	}
	return s.Theme.Dim.Render(ansi.Strip(row))
}

// statusOf returns an instance's status: what it was, if its machine is away.
func (s Scene) statusOf(i model.Instance) string {
	if _, away := s.Fleet.Silent(i.Machine); away {
		return "away: " + theme.Text(i.Status())
	}
	return status(s.Theme, i)
}

// leastName is how many cells of a machine's name an instance's row has at least, with the sign behind it.
const leastName = 5

// idWidths are how wide the column of the ids is at least and at most: of an instance's number nothing is cut.
func idWidths(s Scene) (least, most int) {
	const number, own = 8, 13 // C.1234 behind two marks; and more digits
	longest := 0
	for _, m := range s.Fleet.Machines {
		longest = max(longest, theme.Width(m.Name)+1)
	}
	return number + min(longest, leastName), own + min(longest, own)
}

// shortName cuts an instance's name to w cells: of its machine's name, as that is said elsewhere too.
func shortName(s Scene, i *model.Instance, w int) string {
	name := model.NameOf(i)
	if i.Machine == "" || theme.Width(name) <= w {
		return name
	}
	own := "/" + i.ID.String()
	return s.Theme.Clip(i.Machine, max(w-theme.Width(own), 2)) + own
}

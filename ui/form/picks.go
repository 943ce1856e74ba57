package form

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// A gpuPicker is a list of GPUs to tick. A GPU that somebody holds shows who, and can't be ticked. A ticked GPU that is
// taken meanwhile stays ticked and becomes a fault, so that the choice doesn't change silently.
type gpuPicker struct {
	field
	units []model.Device
	on    []model.GPUID
	at    int
}

func (c *gpuPicker) update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok || len(c.units) == 0 {
		return nil, false
	}
	c.at = kit.Clamp(c.at, len(c.units))
	if k.String() == "space" {
		c.toggle(c.units[c.at])
		return nil, true
	}
	to := c.at + columnMove(k)
	if to == c.at || to < 0 || to >= len(c.units) {
		return nil, false
	}
	c.at = to
	return nil, true
}

// toggle ticks or unticks a GPU. The ids are kept in the order of the list.
func (c *gpuPicker) toggle(d model.Device) {
	if !slices.Contains(c.on, d.ID) && !d.Free() {
		return
	}
	var on []model.GPUID
	for _, u := range c.units {
		if slices.Contains(c.on, u.ID) != (u.ID == d.ID) {
			on = append(on, u.ID)
		}
	}
	c.on = on
}

func (c *gpuPicker) accepts() string { return "up and down mark, Space picks the marked GPU" }

func (c gpuPicker) view(p pen) block {
	names := 0
	for _, d := range c.units {
		names = max(names, theme.Width(shortModel(d.Model)))
	}
	at := kit.Clamp(c.at, len(c.units))
	var b block
	for i, d := range c.units {
		lines := p.device(d, names, i == at)
		lines[0] = p.mark(i == at) + p.box(slices.Contains(c.on, d.ID)) + " " + lines[0]
		if i == at {
			b.focus = len(b.lines)
		}
		b.lines = append(b.lines, lines...)
	}
	return b
}

// device draws one GPU: its index, model and NUMA node, and whether it is free or who has it. The latter is on a line
// of its own if it doesn't fit.
func (p pen) device(d model.Device, names int, selected bool) []string {
	const ticks = 6 // the marker, the box and a blank
	name := fmt.Sprintf("%2d %s", d.Index, p.Pad(shortModel(d.Model), names))
	if d.NUMA >= 0 {
		name += fmt.Sprintf("  NUMA %d", d.NUMA)
	}
	style, state, words := p.Plain, p.Good, "free"
	if selected {
		style = p.Strong
	}
	if held := d.Obstacle(); held != "" {
		style, state, words = p.Dim, p.Dim, theme.Text(held)
	}
	room := p.width - ticks
	if theme.Width(name)+2+theme.Width(words) <= room {
		return []string{style.Render(name) + "  " + state.Render(words)}
	}
	return append([]string{style.Render(p.Clip(name, room))}, indented(strings.Repeat(" ", ticks+3), wrapped(state, words, room-3))...)
}

// shortModel returns the driver's name without NVIDIA.
func shortModel(name string) string {
	return theme.Text(strings.TrimPrefix(name, "NVIDIA "))
}

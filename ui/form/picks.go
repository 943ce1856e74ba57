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

// A picks is a list of GPUs to tick. One that somebody holds says who, and can't be ticked; one that was
// ticked and is taken meanwhile stays ticked and becomes a fault, so that nothing changes unseen.
type picks struct {
	field
	units []model.Device
	on    []model.GPUID
	at    int
}

func (c *picks) update(msg tea.Msg) (tea.Cmd, bool) {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok || len(c.units) == 0 {
		return nil, false
	}
	c.at = kit.Clamp(c.at, len(c.units))
	if k.String() == "space" {
		c.flip(c.units[c.at])
		return nil, true
	}
	to := c.at + alongside(k)
	if to == c.at || to < 0 || to >= len(c.units) {
		return nil, false
	}
	c.at = to
	return nil, true
}

// flip ticks a GPU, or unticks it. The ids are in the order of the list.
func (c *picks) flip(d model.Device) {
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

func (c picks) view(p pen) block {
	names := 0
	for _, d := range c.units {
		names = max(names, theme.Width(shortModel(d.Model)))
	}
	b := block{focus: kit.Clamp(c.at, len(c.units))}
	for i, d := range c.units {
		ticked := p.box(slices.Contains(c.on, d.ID))
		b.lines = append(b.lines, p.mark(i == b.focus)+ticked+" "+p.device(d, names, i == b.focus))
	}
	return b
}

// device is one GPU: its index, model and NUMA node, and whether it is free or who has it.
func (p pen) device(d model.Device, names int, selected bool) string {
	name := fmt.Sprintf("%2d %s", d.Index, p.Pad(shortModel(d.Model), names))
	if d.NUMA >= 0 {
		name += fmt.Sprintf("  NUMA %d", d.NUMA)
	}
	room := p.width - 6
	if held := d.Obstacle(); held != "" {
		return p.Dim.Render(p.Clip(name+"  "+theme.Text(held), room))
	}
	style := p.Plain
	if selected {
		style = p.Strong
	}
	return p.Clip(style.Render(name)+"  "+p.Good.Render("free"), room)
}

// shortModel is the driver's name without what every name has.
func shortModel(name string) string {
	return theme.Text(strings.TrimPrefix(name, "NVIDIA "))
}

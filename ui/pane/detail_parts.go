package pane

import (
	"fmt"
	"strings"

	"berth/model"
	"berth/ui/theme"
)

// pull adds the progress of the image's pull: the whole, then each layer in progress.
func (p *sheet) pull(i model.Instance) {
	if i.Phase != model.PhaseLoading {
		return
	}
	th, g := p.Theme, i.Pull
	p.lines = append(p.lines, "")
	if done, known := g.Done().Get(); known {
		p.text("", th.Bar(p.owned(i.Owner).style(th), max(p.width-5, 4), float64(done))+th.PadLeft(done.String(), 5))
	}
	p.text("", theme.Join(fmt.Sprintf("%d of %d layers", g.LayersDone, g.Layers), th.Dot,
		g.Bytes.String()+" of "+g.BytesTotal.String(), th.Dot, rate(g)))
	const most = 6
	shown := 0
	for _, l := range g.Detail {
		if strings.HasSuffix(l.Status, "complete") || shown == most {
			continue
		}
		shown++
		p.layer(l, p.owned(i.Owner))
	}
}

// layer adds the bar of one layer, or only its status while its size is unknown.
func (p *sheet) layer(l model.LayerProgress, by whose) {
	name := p.Theme.Dim.Render(p.Theme.Pad(theme.Text(l.ID), 12)) + " "
	if l.Total <= 0 {
		p.text("", name+theme.Text(l.Status))
		return
	}
	room := max(p.width-13-14, 4)
	bar := p.Theme.Bar(by.style(p.Theme), room, 100*float64(l.Bytes)/float64(l.Total))
	p.text("", name+bar+" "+theme.Text(l.Status))
}

// rate formats the speed of a pull and the remaining time.
func rate(g model.Progress) string {
	left, known := g.Left().Get()
	if !known {
		return "waiting for data"
	}
	return g.BytesPerSec.String() + "/s, " + model.Age(left) + " left"
}

// gpu adds everything about a GPU.
func (p *sheet) gpu(d model.Device, t Traces, moving *sheet) {
	th := p.Theme
	p.text("", th.Strong.Render(theme.Join(d.Machine, fmt.Sprintf("GPU %d  %s", d.Index, theme.Text(d.Model)))))
	p.text("", holder(p.Scene, d))
	if !d.Health.OK && !d.At.IsZero() {
		p.fact("health", th.Bad.Render(theme.Text(d.Health.Reason)))
	}
	p.lines = append(p.lines, "")
	moving.graph("util", figure(d.Utilization, "%", th.Dash), t.gpus[d.ID], utilization)
	moving.graph("memory", strings.TrimSpace(memory(th, d, 0)), t.gpus[d.ID], gpuMemory)
	p.sensors(d)
	p.fact("bus", theme.Text(d.PCI))
	p.fact("UUID", theme.Text(string(d.ID.Own())))
	moving.heading("PROCESSES")
	moving.processList(d)
}

// tracings adds several traces, one below the other.
func (p *sheet) tracings(all []tracing) {
	const height = 3
	for n, t := range all {
		if n > 0 {
			p.lines = append(p.lines, "")
		}
		for _, line := range t.drawn(p.Theme, min(p.width, traceName+traceCells+traceFigure), height) {
			p.text("", line)
		}
	}
}

// sensors adds the values of a GPU's sensors, and its links.
func (p *sheet) sensors(d model.Device) {
	th := p.Theme
	p.fact("memory", strings.TrimSpace(memory(th, d, 12)))
	p.fact("power", figure(d.Power, " W", th.Dash)+th.Dim.Render(" of "+figure(d.PowerLimit, " W", th.Dash)))
	p.fact("heat", figure(d.Temperature, " "+th.Degree+"C", th.Dash))
	p.fact("clock", figure(d.Clock, " MHz", th.Dash)+th.Dim.Render(", memory ")+figure(d.MemoryClock, " MHz", th.Dash))
	if d.Slowed != "" {
		p.fact("slowed", th.Warn.Render("by "+theme.Text(d.Slowed)))
	}
	if n, known := d.MemoryErrors.Get(); known && n > 0 {
		p.fact("ECC", th.Bad.Render(fmt.Sprintf("%d errors that couldn't be corrected", n)))
	}
	for _, e := range d.Events[:min(len(d.Events), 3)] {
		p.fact("driver", th.Warn.Render(theme.Text(e.Words(p.Now))))
	}
	p.fact("NUMA", node(d.NUMA, th.Dash))
	p.fact("links", p.links(d))
	p.fact("idle", atLeast(d.IdleLonger, "at least ", since(d.IdleSince, p.Now, "")))
}

// graph adds a trace. Beside its lowest line is the current figure, and above that the name.
func (p *sheet) graph(name, now string, t trace, q quantity) {
	const height, figure = 3, 6
	for i, line := range t.graph(p.Theme, q, min(max(p.width-figure-1, 4), traceCells), height) {
		switch i {
		case height - 2:
			line += " " + p.Theme.Dim.Render(p.Theme.PadLeft(name, figure))
		case height - 1:
			line += " " + p.Theme.PadLeft(now, figure)
		}
		p.text("", line)
	}
	p.lines = append(p.lines, "")
}

// node formats a NUMA node, or a dash if it is unknown.
func node(n int, dash string) string {
	if n < 0 {
		return dash
	}
	return fmt.Sprint(n)
}

// links names the GPUs to which a GPU is linked.
func (p *sheet) links(d model.Device) string {
	var to []int
	for _, other := range p.Fleet.Devices {
		if d.Links[other.ID] > 0 {
			to = append(to, other.Index)
		}
	}
	if len(to) == 0 {
		return ""
	}
	return "NVLink to " + model.Ranges(to)
}

// processList adds the processes on a GPU.
func (p *sheet) processList(d model.Device) {
	if len(d.Processes) == 0 {
		p.text("", p.Theme.Dim.Render("none"))
	}
	for _, proc := range d.Processes {
		used := p.Theme.Dash
		if m, known := proc.Memory.Get(); known {
			used = m.Binary()
		}
		p.text("", theme.Join(fmt.Sprintf("%7d %5s", proc.PID, used), p.Theme.Dim.Render(theme.Text(proc.User)), theme.Text(proc.Command)))
	}
}

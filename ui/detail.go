package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"berth/model"
	"berth/ui/theme"
)

// detail is the pane about one thing: an instance, or a GPU with its traces. It stands at the right of a
// wide screen, and takes a narrow one whole.
type detail struct {
	top  int // first line shown
	w, h int
}

// A subject is what the details are about.
type subject struct {
	instance model.InstanceID
	gpu      model.GPUID // where it isn't an instance
}

// moved scrolls.
func (d detail) moved(by, lines int) detail {
	d.top = min(max(d.top+by, 0), max(lines-d.h, 0))
	return d
}

// view draws the pane in d.w × d.h cells.
func (d detail) view(s scene, of subject, t traces) string {
	lines := d.lines(s, of, t)
	top := min(d.top, max(len(lines)-d.h, 0))
	shown := lines[top:min(top+d.h, len(lines))]
	if more := len(lines) - top - d.h; more > 0 && d.h > 2 {
		shown[len(shown)-1] = " " + s.theme.Dim.Render(fmt.Sprintf("%s %d more", s.theme.Down, more+1))
	}
	return strings.Join(shown, "\n")
}

// lines are all lines there are to show, each at most d.w cells wide.
func (d detail) lines(s scene, of subject, t traces) []string {
	p := &sheet{scene: s, width: max(d.w-2, 10)}
	if of.gpu != "" {
		if dev, ok := s.fleet.Device(of.gpu); ok {
			p.gpu(dev, t)
			return p.lines
		}
	}
	if i, ok := s.fleet.Instance(of.instance); ok {
		p.instance(i, t)
		return p.lines
	}
	p.text("", s.theme.Dim.Render("Nothing selected."))
	return p.lines
}

// A sheet collects lines of facts: a name at the left, what is known at the right.
type sheet struct {
	scene
	width int
	lines []string
}

const factName = 9 // cells of a fact's name

// text adds a line.
func (p *sheet) text(indent, line string) {
	p.lines = append(p.lines, " "+indent+p.theme.Clip(line, p.width-len(indent)))
}

// heading adds a title, set off by a blank line.
func (p *sheet) heading(title string) {
	p.lines = append(p.lines, "", " "+p.theme.Dim.Render(title))
}

// fact adds a line with a name; an empty fact is left out. Long ones go on below.
func (p *sheet) fact(name, value string) {
	if value == "" {
		return
	}
	room := max(p.width-factName-1, 8)
	for i, line := range theme.Wrap(value, room) {
		if i > 0 {
			name = ""
		}
		p.text("", p.theme.Dim.Render(p.theme.Pad(name, factName))+" "+line)
	}
}

// instance adds all there is to know of an instance.
func (p *sheet) instance(i model.Instance, t traces) {
	title := p.theme.Strong.Render(join(i.ID.String(), theme.Text(i.Label)))
	p.text("", spread(p.theme, title, p.theme.Dim.Render(p.owner(i.Owner)), p.width))
	p.text("", status(p.theme, i))
	if m := theme.Text(i.Message); m != "" {
		style := p.theme.Dim
		if i.Phase == model.PhaseFailed || i.Phase == model.PhaseLost {
			style = p.theme.Bad
		}
		for _, line := range theme.Wrap(m, p.width) {
			p.text("", style.Render(line))
		}
	}
	p.pull(i)
	p.lines = append(p.lines, "")
	p.fact("image", theme.Text(i.Order.Image))
	p.fact("template", theme.Text(i.Order.Name))
	p.fact("mode", string(i.Order.Mode))
	p.moments(i)
	p.launcher(i)
	p.machineShare(i)
	p.heldDevices(i, t)
	p.ports(i)
	p.onStart(i)
}

// moments adds when what happened.
func (p *sheet) moments(i model.Instance) {
	p.fact("launched", p.when(born(i)))
	if i.Phase == model.PhaseStopped || i.Phase == model.PhaseExited {
		p.fact("ended", p.when(i.EndedAt))
	} else {
		p.fact("started", p.when(i.StartedAt))
	}
	if !i.Use.IdleSince.IsZero() && len(i.GPUs) > 0 && i.Phase == model.PhaseRunning {
		p.fact("GPUs idle", p.theme.Warn.Render(atLeast(i.Use.IdleLonger, "at least ", since(i.Use.IdleSince, p.now, ""))))
	}
}

// when is a moment with how long ago it was.
func (p *sheet) when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.now.Location()).Format("2 Jan 15:04") + p.theme.Dim.Render("  "+since(t, p.now, "")+" ago")
}

// machineShare adds what the instance takes and what it was promised.
func (p *sheet) machineShare(i model.Instance) {
	th, share := p.theme, i.Plan.Share
	cpu := figure(i.Use.CPU, "%", th.Dash)
	p.fact("CPU", cpu+th.Dim.Render(" of "+strconv.FormatFloat(100*share.Cores, 'f', 0, 64)+"% promised"))
	memory := th.Dash
	if m, known := i.Use.Memory.Get(); known {
		memory = m.Binary()
	}
	p.fact("RAM", memory+th.Dim.Render(" of "+share.Memory.Binary()+" promised"))
	hold := ""
	if i.Plan.DiskHold != "" {
		hold = ", " + string(i.Plan.DiskHold)
	}
	if i.Plan.Disk > 0 {
		p.fact("disk", disk(th, i)+th.Dim.Render(" GB"+hold))
	}
	if why := i.Plan.DiskWhy; !strings.Contains(i.Message, why) { // else it stands above
		for _, line := range theme.Wrap(theme.Text(why), p.width) {
			p.text("", th.Dim.Render(line))
		}
	}
	in, inKnown := i.Use.NetIn.Get()
	out, outKnown := i.Use.NetOut.Get()
	if inKnown && outKnown {
		p.fact("network", in.String()+th.Dim.Render(" in, ")+out.String()+th.Dim.Render(" out"))
	}
}

// heldDevices adds the GPUs it holds with their traces, and why it got these.
func (p *sheet) heldDevices(i model.Instance, t traces) {
	if i.Order.GPUs == 0 {
		return
	}
	if len(i.GPUs) == 0 {
		p.heading("GPUS")
		p.text("", p.theme.Dim.Render(fmt.Sprintf("none held; asks for %s", count(i.Order.GPUs, "GPU"))))
		return
	}
	p.heading("GPUS " + model.Ranges(p.indexes(i.GPUs)))
	for _, id := range i.GPUs {
		if d, ok := p.fleet.Device(id); ok {
			label := fmt.Sprintf("%2d ", d.Index)
			room := max(p.width-len(label)-14, 4)
			figures := fmt.Sprintf("%5s %6s", figure(d.Utilization, "%", p.theme.Dash), memory(p.theme, d, 0))
			p.text("", label+p.theme.Accent.Render(p.theme.Trace(room, t[id].utilization))+" "+figures)
		}
	}
	for _, why := range i.Plan.WhyGPUs {
		p.text("", p.theme.Dim.Render(theme.Text(why)))
	}
	if way := theme.Text(p.fleet.Host.GPUWay); way != "" && p.fleet.Host.Simulated == "" { // how they are handed in
		for _, line := range theme.Wrap(way, p.width) {
			p.text("", p.theme.Dim.Render(line))
		}
	}
}

// ports adds each port's line as it can be copied.
func (p *sheet) ports(i model.Instance) {
	if len(i.Plan.Ports) == 0 {
		return
	}
	p.heading("PORTS")
	for _, port := range i.Plan.Ports {
		if port.External == 0 {
			p.text("", p.theme.Dim.Render(port.String()+"  gets its number at the start"))
			continue
		}
		p.text("", model.PortLine(p.fleet.Host.PublicIP, port))
	}
}

// onStart adds the beginning of the script that runs at each start.
func (p *sheet) onStart(i model.Instance) {
	if i.Order.OnStart == "" {
		return
	}
	p.heading("ON START")
	const most = 8
	lines := strings.Split(strings.TrimSpace(i.Order.OnStart), "\n")
	for n, line := range lines {
		if n == most {
			p.text("", p.theme.Dim.Render(fmt.Sprintf("%s %d lines more", p.theme.Ellipsis, len(lines)-most)))
			return
		}
		p.text("", theme.Text(line))
	}
}

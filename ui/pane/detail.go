package pane

import (
	"fmt"
	"strings"
	"time"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// Detail is the pane about one thing: an instance, or a GPU with its traces. It stands at the right of a
// wide screen, and takes a narrow one whole.
type Detail struct {
	top  int // first line shown
	w, h int
}

// Sized gives the pane its room.
func (d Detail) Sized(w, h int) Detail {
	d.w, d.h = w, h
	return d
}

// FromTop shows it from its first line, as is right for another subject.
func (d Detail) FromTop() Detail {
	d.top = 0
	return d
}

// A Subject is what the details are about.
type Subject struct {
	Instance model.InstanceID
	GPU      model.GPUID // where it isn't an instance
}

// In reports whether a fleet has the subject.
func (of Subject) In(f model.Fleet) bool {
	if of.GPU != "" {
		_, ok := f.Device(of.GPU)
		return ok
	}
	_, ok := f.Instance(of.Instance)
	return ok
}

// Moved scrolls.
func (d Detail) Moved(s Scene, of Subject, t Traces, by int) Detail {
	d.top = kit.Scrolled(d.top, by, d.h, len(d.lines(s, of, t)))
	return d
}

// View draws the pane in d.w × d.h cells.
func (d Detail) View(s Scene, of Subject, t Traces) string {
	lines := d.lines(s, of, t)
	top := kit.Scrolled(d.top, 0, d.h, len(lines))
	shown := kit.Window(lines, top, d.h)
	if more := len(lines) - top - d.h; more > 0 && d.h > 2 {
		shown[len(shown)-1] = " " + s.Theme.Dim.Render(fmt.Sprintf("%s %d more", s.Theme.Down, more+1))
	}
	return strings.Join(shown, "\n")
}

// twoColumns is the width from which facts stand at the left and traces at the right.
const twoColumns = 110

// lines are all lines there are to show, each at most d.w cells wide.
func (d Detail) lines(s Scene, of Subject, t Traces) []string {
	if d.w >= twoColumns {
		left := d.w / 2
		facts, traces := &sheet{Scene: s, width: left - 3}, &sheet{Scene: s, width: d.w - left - 2}
		facts.subject(of, t, traces)
		if len(traces.lines) > 0 {
			return sideBySide(s.Theme, facts.lines, traces.lines, left, max(len(facts.lines), len(traces.lines)))
		}
	}
	p := &sheet{Scene: s, width: max(d.w-2, 10)}
	p.subject(of, t, p)
	return p.lines
}

// subject adds all there is to know of a subject: the facts here, what moves to another sheet, which may be the same.
func (p *sheet) subject(of Subject, t Traces, moving *sheet) {
	if dev, ok := p.Fleet.Device(of.GPU); ok && of.GPU != "" {
		p.gpu(dev, t, moving)
	} else if i, ok := p.Fleet.Instance(of.Instance); ok {
		p.instance(i, t, moving)
	} else {
		p.text("", p.Theme.Dim.Render("Nothing selected."))
	}
}

// A sheet collects lines of facts: a name at the left, what is known at the right.
type sheet struct {
	Scene
	width int
	lines []string
}

const factName = 9 // cells of a fact's name

// text adds a line.
func (p *sheet) text(indent, line string) {
	p.lines = append(p.lines, " "+indent+p.Theme.Clip(line, p.width-len(indent)))
}

// heading adds a title, set off by a blank line.
func (p *sheet) heading(title string) {
	p.lines = append(p.lines, "", " "+p.Theme.Dim.Render(title))
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
		p.text("", p.Theme.Dim.Render(p.Theme.Pad(name, factName))+" "+line)
	}
}

// instance adds all there is to know of an instance, and to the other sheet what it does with its GPUs. Where that has
// a column of its own, there is room for the instance's traces.
func (p *sheet) instance(i model.Instance, t Traces, moving *sheet) {
	title := p.Theme.Strong.Render(theme.Join(i.ID.String(), theme.Text(i.Label)))
	p.text("", spread(p.Theme, title, p.Theme.Dim.Render(p.Owner(i.Owner)), p.width))
	p.text("", status(p.Theme, i))
	if m := theme.Text(i.Message); m != "" {
		style := p.Theme.Dim
		if i.Phase == model.PhaseFailed || i.Phase == model.PhaseLost {
			style = p.Theme.Bad
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
	if moving != p && i.Phase.HoldsGPUs() {
		moving.tracings(instanceTraces(p.Scene, i, t.instances[i.ID]))
	}
	moving.heldDevices(i, t)
	p.ports(i)
	p.onStart(i)
}

// moments adds when what happened.
func (p *sheet) moments(i model.Instance) {
	p.fact("launched", p.when(i.Born()))
	if i.Phase == model.PhaseStopped || i.Phase == model.PhaseExited {
		p.fact("ended", p.when(i.EndedAt))
	} else {
		p.fact("started", p.when(i.StartedAt))
	}
	p.idle(i)
}

// idle adds for how long the GPUs of a running instance have done nothing.
func (p *sheet) idle(i model.Instance) {
	if !i.Use.IdleSince.IsZero() && len(i.GPUs) > 0 && i.Phase == model.PhaseRunning {
		p.fact("GPUs idle", p.Theme.Warn.Render(atLeast(i.Use.IdleLonger, "at least ", since(i.Use.IdleSince, p.Now, ""))))
	}
}

// when is a moment with how long ago it was.
func (p *sheet) when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.Now.Location()).Format("2 Jan 15:04") + p.Theme.Dim.Render("  "+since(t, p.Now, "")+" ago")
}

// machineShare adds what the instance takes and what it was promised.
func (p *sheet) machineShare(i model.Instance) {
	th, share := p.Theme, i.Plan.Share
	cpu := th.Dash
	if v, known := i.Use.CPU.Get(); known {
		cpu = v.Cores()
	}
	p.fact("CPU", cpu+th.Dim.Render(" of "+model.Percent(100*share.Cores).Cores()+" cores promised"))
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
func (p *sheet) heldDevices(i model.Instance, t Traces) {
	if i.Order.GPUs == 0 {
		return
	}
	if len(i.GPUs) == 0 {
		p.heading("GPUS")
		p.text("", p.Theme.Dim.Render(fmt.Sprintf("none held; asks for %s", theme.Count(i.Order.GPUs, "GPU"))))
		return
	}
	p.heading("GPUS " + model.Ranges(p.indexes(i.GPUs)))
	for _, id := range i.GPUs {
		if d, ok := p.Fleet.Device(id); ok {
			label := fmt.Sprintf("%2d ", d.Index)
			room := min(max(p.width-len(label)-14, 4), traceCells)
			figures := fmt.Sprintf("%5s %6s", figure(d.Utilization, "%", p.Theme.Dash), memory(p.Theme, d, 0))
			p.text("", label+t.gpus[id].line(p.Theme, utilization, room)+" "+figures)
		}
	}
	for _, why := range i.Plan.WhyGPUs {
		p.text("", p.Theme.Dim.Render(theme.Text(why)))
	}
	if way := theme.Text(p.Fleet.Host.GPUWay); way != "" && p.Fleet.Host.Simulated == "" { // how they are handed in
		for _, line := range theme.Wrap(way, p.width) {
			p.text("", p.Theme.Dim.Render(line))
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
			p.text("", p.Theme.Dim.Render(port.String()+"  gets its number at the start"))
			continue
		}
		p.text("", model.PortLine(p.Fleet.Host.PublicIP, port))
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
			p.text("", p.Theme.Dim.Render(fmt.Sprintf("%s %d lines more", p.Theme.Ellipsis, len(lines)-most)))
			return
		}
		p.text("", theme.Text(line))
	}
}

package pane

import (
	"fmt"
	"strings"
	"time"

	"berth/model"
	"berth/ui/kit"
	"berth/ui/theme"
)

// Detail is the pane about one subject: an instance, or a GPU with its traces. It is on the right of a wide screen, and
// fills a narrow one.
type Detail struct {
	top  int // first visible line
	w, h int
}

// Sized sets the pane's size in cells.
func (d Detail) Sized(w, h int) Detail {
	d.w, d.h = w, h
	return d
}

// FromTop scrolls to the first line. It is called for a new subject.
func (d Detail) FromTop() Detail {
	d.top = 0
	return d
}

// A Subject is what the details are about.
type Subject struct {
	Instance model.InstanceID
	GPU      model.GPUID // used if it isn't an instance
}

// In reports whether the subject exists in a fleet.
func (of Subject) In(f model.Fleet) bool {
	if of.GPU != "" {
		_, ok := f.Device(of.GPU)
		return ok
	}
	_, ok := f.Instance(of.Instance)
	return ok
}

// Moved scrolls by a number of lines.
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

// twoColumns is the width in cells from which facts are on the left and traces on the right.
const twoColumns = 110

// lines returns all lines of the pane, each at most d.w cells wide.
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

// subject adds everything about a subject: facts to this sheet, changing figures to moving, which may be the same
// sheet.
func (p *sheet) subject(of Subject, t Traces, moving *sheet) {
	if dev, ok := p.Fleet.Device(of.GPU); ok && of.GPU != "" {
		p.gpu(dev, t, moving)
	} else if i, ok := p.Fleet.Instance(of.Instance); ok {
		p.instance(i, t, moving)
	} else {
		p.text("", p.Theme.Dim.Render("Nothing selected."))
	}
}

// A sheet collects lines of facts: a name on the left, a value on the right.
type sheet struct {
	Scene
	width  int
	height int // of the pane, if its lines depend on it
	lines  []string
}

const factName = 9 // cells

// text adds a line.
func (p *sheet) text(indent, line string) {
	p.lines = append(p.lines, " "+indent+p.Theme.Clip(line, p.width-len(indent)))
}

// heading adds a title after a blank line.
func (p *sheet) heading(title string) {
	p.lines = append(p.lines, "", " "+p.Theme.Dim.Render(title))
}

// fact adds a line with a name and a value. An empty value adds nothing. A long one is wrapped.
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

// instance adds everything about an instance, and its use of its GPUs to moving. If moving is a column of its own,
// there is also room for the instance's traces.
func (p *sheet) instance(i model.Instance, t Traces, moving *sheet) {
	title := p.Theme.Strong.Render(theme.Join(model.NameOf(&i), theme.Text(i.Label)))
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

// moments adds the times of events.
func (p *sheet) moments(i model.Instance) {
	p.fact("launched", p.when(i.Born()))
	if i.Phase == model.PhaseStopped || i.Phase == model.PhaseExited {
		p.fact("ended", p.when(i.EndedAt))
	} else {
		p.fact("started", p.when(i.StartedAt))
	}
	if words := i.Plan.Time.Words(p.Now); words != "" && !i.Phase.Settled() {
		p.fact("time", theme.Text(words))
	}
	p.idle(i)
}

// idle adds how long the GPUs of a running instance have been idle.
func (p *sheet) idle(i model.Instance) {
	if !i.Use.IdleSince.IsZero() && len(i.GPUs) > 0 && i.Phase == model.PhaseRunning {
		p.fact("GPUs idle", p.Theme.Warn.Render(atLeast(i.Use.IdleLonger, "at least ", since(i.Use.IdleSince, p.Now, ""))))
	}
}

// when formats a time and how long ago it was.
func (p *sheet) when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.Now.Location()).Format("2 Jan 15:04") + p.Theme.Dim.Render("  "+since(t, p.Now, "")+" ago")
}

// machineShare adds what the instance uses and what it was promised.
func (p *sheet) machineShare(i model.Instance) {
	th := p.Theme
	cores, promised, _ := i.Plan.Share.Words()
	cpu := th.Dash
	if v, known := i.Use.CPU.Get(); known {
		cpu = v.Cores()
	}
	p.fact("CPU", cpu+th.Dim.Render(" of "+cores+" cores promised"))
	memory := th.Dash
	if m, known := i.Use.Memory.Get(); known {
		memory = m.Binary()
	}
	p.fact("RAM", memory+th.Dim.Render(" of "+promised+" promised"))
	hold := ""
	if i.Plan.DiskHold != "" {
		hold = ", " + string(i.Plan.DiskHold)
	}
	if i.Plan.Disk > 0 {
		p.fact("disk", disk(th, i)+th.Dim.Render(" GB"+hold))
	}
	for _, line := range i.Plan.Data() {
		kind, rest, _ := strings.Cut(line, " ")
		p.fact(kind, theme.Text(rest))
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

// heldDevices adds the instance's GPUs with their traces, and why it got these GPUs.
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
	if way := theme.Text(p.Fleet.Host.GPUWay); way != "" && p.Fleet.Host.Simulated == "" { // how containers get GPUs
		for _, line := range theme.Wrap(way, p.width) {
			p.text("", p.Theme.Dim.Render(line))
		}
	}
}

// ports adds the line of each port, in the form in which it can be copied.
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
		p.text("", model.PortLine(p.Fleet.HostOf(i.ID).PublicIP, port))
	}
}

// onStart adds the first lines of the on-start script.
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

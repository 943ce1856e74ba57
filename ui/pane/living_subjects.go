package pane

import (
	"fmt"
	"math"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"berth/model"
	"berth/ui/theme"
)

// instanceView is what the lower half shows about an instance.
func instanceView(s Scene, i model.Instance, t Traces, o Outlook) subjectView {
	p := subjectView{
		title: theme.Join(model.NameOf(&i), theme.Text(i.Label), s.Theme.Dot, s.Owner(i.Owner)),
		facts: func(p *sheet) { p.brief(i, o.of(i)) },
		below: "output", lines: o.of(i).Log,
	}
	if len(p.lines) == 0 {
		p.instead = func(p *sheet) { p.past(o.of(i)) }
		if len(o.of(i).Past) > 0 {
			p.below += " " + s.Theme.Dot + " history"
		}
	}
	switch {
	case i.Phase == model.PhaseLoading:
		p.beside = func(p *sheet) { p.pull(i) }
	case i.Phase.HoldsGPUs():
		p.traces = instanceTraces(s, i, t.instances[i.ID])
	}
	return p
}

// past adds why an instance has no output, and what was ordered and done for it, with the engine's calls.
func (p *sheet) past(o Outlook) {
	const verbs = 8
	th := p.Theme
	p.text("", th.Dim.Render(theme.Text(o.Silence)))
	for _, e := range o.Past {
		head := theme.Join(th.Dim.Render(e.At.Local().Format("01-02 15:04:05")), th.Pad(p.Owner(e.Actor), verbs), th.Pad(theme.Text(e.Verb), verbs)) + " "
		indent := strings.Repeat(" ", theme.Width(head))
		for _, l := range theme.Wrap(theme.Text(e.Detail), max(p.width-len(indent), verbs)) {
			p.text("", head+th.Dim.Render(l))
			head = indent
		}
		for _, c := range e.Calls {
			p.text("", indent+th.Dim.Render(th.Arrow+" "+theme.Text(c.String())))
		}
	}
}

// of returns the Outlook of an instance. It is empty if the Outlook is about another instance.
func (o Outlook) of(i model.Instance) Outlook {
	if o.Of != i.ID {
		return Outlook{}
	}
	return o
}

// instanceTraces returns the traces of an instance: its GPUs, and its use of its share of the machine.
func instanceTraces(s Scene, i model.Instance, t trace) []tracing {
	th, now := s.Theme, ofInstance(s.Fleet, &i)
	part := func(used model.Maybe[model.Bytes], of model.Bytes) string {
		if b, known := used.Get(); known && of > 0 {
			return pair(b.Binary(), of.Binary())
		}
		return th.Dash
	}
	cpu := th.Dash
	if v, known := i.Use.CPU.Get(); known {
		cores, _, _ := i.Plan.Share.Words()
		cpu = v.Cores() + "/" + cores
	}
	var all []tracing
	if len(i.GPUs) > 0 {
		util := th.Dash
		if v := now[utilization]; !math.IsNaN(v) {
			util = model.Percent(v).String()
		}
		used, of := gpuMemoryOf(s.Fleet, i)
		all = append(all, tracing{"GPU", util, t, utilization}, tracing{"memory", part(used, of), t, gpuMemory})
	}
	return append(all, tracing{"CPU", cpu, t, processors}, tracing{"RAM", part(i.Use.Memory, i.Plan.Share.Memory), t, memoryUsed})
}

// gpuMemoryOf returns the used and the total memory of an instance's GPUs. It is unknown if it is unknown for one of
// them.
func gpuMemoryOf(f model.Fleet, i model.Instance) (used model.Maybe[model.Bytes], of model.Bytes) {
	var sum model.Bytes
	for _, id := range i.GPUs {
		d, _ := f.Device(id)
		b, known := d.MemoryUsed.Get()
		if !known {
			return model.Maybe[model.Bytes]{}, 0
		}
		sum, of = sum+b, of+d.Memory
	}
	return model.Known(sum), of
}

// brief adds a few lines: what an instance is and how to reach it.
func (p *sheet) brief(i model.Instance, o Outlook) {
	th := p.Theme
	p.state(i)
	p.idle(i)
	p.fact("image", theme.Text(i.Order.Image))
	way := th.Plain
	if i.Phase != model.PhaseRunning && i.Phase != model.PhaseConnecting { // it can't be reached now
		way = th.Dim
	}
	for _, l := range model.Links(i, p.Fleet.HostOf(i.ID).PublicIP) {
		switch l.Name {
		case "ssh":
			p.text("", th.Dim.Render(th.Pad(l.Name, factName))+" "+way.Render(theme.Text(l.Text)))
		case "open":
			p.link(l, way)
		}
	}
	p.doors(i, o.Listening)
	if i.Plan.Disk > 0 {
		p.fact("disk", disk(th, i)+th.Dim.Render(" GB"))
	}
	p.script(i.Guest.OnStart)
}

// state adds an instance's status with its message. A long message goes below it, in two lines, or more on a high screen.
func (p *sheet) state(i model.Instance) {
	most := max(p.height/4, 2)
	th, message := p.Theme, theme.Text(i.Message)
	if message == i.Status() { // it adds nothing
		message = ""
	}
	head := theme.Join(p.statusOf(i), th.Dim.Render(theme.Join(th.Dot, i.GPUWords(p.indexes(i.GPUs)), th.Dot, since(i.Born(), p.Now, th.Dash)+" old")))
	style, behind := th.Dim, " "+th.Dot+" "+message
	if message == "" || theme.Width(head)+theme.Width(behind) <= p.width {
		p.text("", head+style.Render(strings.TrimSuffix(behind, " "+th.Dot+" ")))
		return
	}
	p.text("", head)
	if i.Phase == model.PhaseFailed || i.Phase == model.PhaseLost {
		style = p.Theme.Bad
	}
	lines := theme.Wrap(message, p.width)
	if len(lines) > most {
		lines = append(lines[:most-1:most-1], p.Theme.Clip(strings.Join(lines[most-1:], " "), p.width))
	}
	for _, line := range lines {
		p.text("", style.Render(line))
	}
}

// link adds a URL. Its text lacks the token, for which there is no room, but the hyperlink of the terminal has the
// whole URL.
func (p *sheet) link(l model.Link, way theme.Style) {
	shown, _, _ := strings.Cut(l.Text, "?")
	shown = way.Render(p.Theme.Clip(theme.Text(shown), max(p.width-factName-1, 8)))
	if !p.Theme.ASCII {
		shown = ansi.SetHyperlink(theme.Text(l.Text)) + shown + ansi.ResetHyperlink()
	}
	p.text("", p.Theme.Dim.Render(p.Theme.Pad("web", factName))+" "+shown)
}

// doors adds the external and internal port numbers, each with a sign that tells whether something listens.
func (p *sheet) doors(i model.Instance, listening map[model.Port]bool) {
	th, name, line, room := p.Theme, "ports", "", max(p.width-factName-1, 8)
	flush := func() {
		if line != "" {
			p.text("", th.Dim.Render(th.Pad(name, factName))+" "+line)
			name, line = "", ""
		}
	}
	for _, port := range i.Plan.Ports {
		if port.External == 0 {
			continue
		}
		piece := listens(th, port, listening) + " " + fmt.Sprint(port.External) + th.Dim.Render(th.Arrow+strings.TrimSuffix(port.String(), "/tcp"))
		if line != "" && theme.Width(line)+2+theme.Width(piece) > room {
			flush()
		}
		if line != "" {
			line += "  "
		}
		line += piece
	}
	flush()
}

// listens returns the sign that tells whether something in the instance listens on a port.
func listens(th theme.Theme, port model.Port, listening map[model.Port]bool) string {
	switch does, known := listening[port]; {
	case !known:
		return th.Dim.Render(th.Dot)
	case does:
		return th.Good.Render(th.Open)
	}
	return th.Dim.Render(th.Stopped)
}

// gpuView is what the lower half shows about a GPU.
func gpuView(s Scene, d model.Device, t Traces) subjectView {
	th := s.Theme
	processes := &sheet{Scene: s, width: 200}
	processes.processList(d)
	return subjectView{
		title: fmt.Sprintf("GPU %d %s", d.Index, theme.Text(d.Model)),
		facts: func(p *sheet) {
			p.text("", holder(s, d))
			p.sensors(d)
		},
		traces: []tracing{
			{"util", figure(d.Utilization, "%", th.Dash), t.gpus[d.ID], utilization},
			{"memory", strings.TrimSpace(memory(th, d, 0)), t.gpus[d.ID], gpuMemory},
		},
		below: "processes", lines: processes.lines,
	}
}

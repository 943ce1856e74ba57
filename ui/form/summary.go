package form

import (
	"fmt"
	"slices"
	"strings"

	"berth/model"
	"berth/ui/theme"
)

// A fact is one thing the order gets.
type fact struct {
	name  string
	lines []string
	short string // the same in a few words that need no name
	warn  bool
}

// facts are what the order gets, in the order in which people ask.
func (f Form) facts(p pen) []fact {
	s := f.plan.Share
	of := fmt.Sprintf("%s of %d cores", cores(s.Cores), f.in.Capacity.Host.Cores)
	facts := []fact{
		{name: "image", lines: []string{orDash(p, f.order.Image)}},
		f.gpuFact(p),
		say("share", plain(percent(s.Fraction))+"% of the machine", ""),
		say("CPU", of+", more while idle", of),
		say("RAM", s.Memory.Binary()+", more while free", s.Memory.Binary()+" RAM"),
		say("shm", s.Shm.Binary()+" in /dev/shm", s.Shm.Binary()+" shm"),
		say("disk", f.plan.Disk.String()+", "+string(f.plan.DiskHold), f.plan.Disk.String()+" disk, "+string(f.plan.DiskHold)),
		f.portFact(),
	}
	if names := f.variables(); len(names) > 0 {
		facts = append(facts, say("vars", strings.Join(names, ", "), ""))
	}
	if f.plan.Hostname != "" {
		facts = append(facts, say("host", theme.Text(f.plan.Hostname), "host "+theme.Text(f.plan.Hostname)))
	}
	return append(facts, f.keyFact()...)
}

// say is a fact of one line.
func say(name, line, short string) fact {
	if short == "" {
		short = line
	}
	return fact{name: name, lines: []string{line}, short: short}
}

func orDash(p pen, s string) string {
	if s == "" {
		return p.Dash
	}
	return theme.Text(s)
}

// cores writes a number of cores with a decimal where it tells something.
func cores(n float64) string {
	if n >= 10 {
		return fmt.Sprintf("%.0f", n)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0")
}

// gpuFact is the GPUs chosen, and why.
func (f Form) gpuFact(p pen) fact {
	o := f.order
	switch {
	case o.GPUs == 0:
		return say("GPUs", "none: a CPU instance", "no GPU")
	case len(f.plan.GPUs) == 0:
		return warned(say("GPUs", fmt.Sprintf("%d asked, not to be had now", o.GPUs), ""))
	}
	var indexes []string
	for _, u := range f.in.Capacity.Units() {
		if slices.Contains(f.plan.GPUs, u.ID) {
			indexes = append(indexes, fmt.Sprint(u.Index))
		}
	}
	chosen := fmt.Sprintf("%d%s %s: %s", len(f.plan.GPUs), p.Times, shortModel(f.plan.GPUModel), strings.Join(indexes, " "))
	lines := append([]string{chosen}, f.plan.WhyGPUs...)
	return fact{name: "GPUs", lines: lines, short: strings.Join(lines, ", ")}
}

// portFact is each port with its variable. Their external numbers are drawn at the launch.
func (f Form) portFact() fact {
	if len(f.plan.Ports) == 0 {
		return say("ports", "none but what the image EXPOSEs", "no ports")
	}
	var lines []string
	for _, port := range f.plan.Ports {
		name := fmt.Sprintf("%d/%s", port.Internal, port.Protocol)
		note := ""
		switch {
		case port.Asked >= model.IdentityBase:
			name, note = fmt.Sprintf("%d/%s", port.Asked, port.Protocol), " same in and out"
		case port.From == model.PortFromMode && port.Internal == model.PortSSH:
			note = " ssh"
		case port.From == model.PortFromMode:
			note = " jupyter"
		}
		lines = append(lines, fmt.Sprintf("%-9s %s%s", name, portVariable(port), note))
	}
	where := f.in.PublicIP
	if where == "" {
		where = "this machine"
	}
	lines = append(lines, fmt.Sprintf("%d of %d, each on a random port of %s", len(lines), model.MaxPorts, theme.Text(where)))
	return fact{name: "ports", lines: lines, short: shortPorts(f.plan.Ports)}
}

// portVariable is the variable that tells the instance its external port.
func portVariable(p model.Port) string {
	return fmt.Sprintf("VAST_%s_PORT_%d", strings.ToUpper(string(p.Protocol)), p.Asked)
}

// variables are the names of the variables that account, template and form set. Values may be secrets.
func (f Form) variables() []string {
	var names []string
	for _, v := range f.plan.Env {
		names = append(names, theme.Text(v.Name))
	}
	return names
}

// keyFact says who can log in, where somebody could.
func (f Form) keyFact() []fact {
	if !f.order.Mode.Launcher() || f.template != nil {
		return nil
	}
	switch n := len(f.plan.Keys); n {
	case 0:
		return []fact{warned(say("keys", "no SSH key in your account: nobody can log in", "no SSH key"))}
	case 1:
		return []fact{say("keys", "1 SSH key can log in", "1 SSH key")}
	default:
		return []fact{say("keys", fmt.Sprintf("%d SSH keys can log in", n), fmt.Sprintf("%d SSH keys", n))}
	}
}

// warned is a fact that is worth a look.
func warned(f fact) fact {
	f.warn = true
	return f
}

// summary is what the order gets, in a column of w × h cells.
func (f Form) summary(w, h int) []string {
	const names = 6
	p := pen{Theme: f.th, width: w}
	lines := []string{p.Strong.Render("What you get"), ""}
	if about := f.about(); about != "" {
		lines = append(append(lines, wrapped(p.Dim, about, w)...), "")
	}
	wrong := f.wrong()
	for _, fault := range wrong {
		lines = append(lines, wrapped(p.Bad, p.No+" "+rail[stepOf(fault.Field)].name+": "+said(fault, fault.Field), w)...)
	}
	if len(wrong) > 0 {
		lines = append(lines, "")
	}
	for _, fact := range f.facts(p) {
		style := p.Plain
		if fact.warn {
			style = p.Warn
		}
		name := p.Dim.Render(p.Pad(fact.name, names))
		for _, l := range fact.lines {
			for _, piece := range wrapped(style, l, w-names) {
				lines = append(lines, name+piece)
				name = strings.Repeat(" ", names)
			}
		}
	}
	return p.window(block{lines: lines}, h)
}

// below is what the order gets, in at most h lines under the fields.
func (f Form) below(p pen, h int) []string {
	if h < 2 {
		return nil
	}
	title := " what you get "
	rule := p.Dim.Render(strings.Repeat(p.Horizontal, 2)) + p.Strong.Render(title)
	if wrong := f.wrong(); len(wrong) > 0 {
		rule += p.Bad.Render(p.No+" "+faultCount(wrong)+": "+f.faultyNames()) + " "
	}
	rule = p.Clip(rule, p.width-1)
	rule += p.Dim.Render(strings.Repeat(p.Horizontal, max(p.width-theme.Width(rule), 0)))
	lines := []string{rule}
	if about := f.about(); about != "" && h >= roomForAbout {
		lines = append(lines, p.Dim.Render(p.Clip(theme.Text(about), p.width-1)))
	}
	var text []string
	for _, fact := range f.facts(p)[1:] {
		if fact.warn {
			fact.short = p.Warn.Render(fact.short)
		}
		text = append(text, fact.short)
	}
	lines = append(lines, packed(p, text, p.width-1)...)
	return lines[:min(len(lines), h)]
}

// roomForAbout is how many lines what the order gets must have for what its template says of itself.
const roomForAbout = 5

// about is what the marked template says of itself: its row seldom has room for all of it.
func (f Form) about() string {
	if f.at != stepSource || f.template != nil {
		return ""
	}
	return f.pages.source.about()
}

// faultyNames are the steps with faults.
func (f Form) faultyNames() string {
	var names []string
	for id := range stepCount {
		if f.faulty(id) {
			names = append(names, rail[id].name)
		}
	}
	return strings.Join(names, ", ")
}

// shortPorts is the ports without their variables.
func shortPorts(ports []model.Port) string {
	names := make([]string, len(ports))
	for i, p := range ports {
		names[i] = fmt.Sprintf("%d", p.Asked)
		if p.Protocol != model.TCP {
			names[i] += "/" + string(p.Protocol)
		}
	}
	return "ports " + strings.Join(names, " ")
}

// packed fills lines of w cells with pieces, a dot between two.
func packed(p pen, pieces []string, w int) []string {
	var lines []string
	line := ""
	for _, piece := range pieces {
		joined := piece
		if line != "" {
			joined = line + p.Dim.Render(" "+p.Dot+" ") + piece
		}
		if line != "" && theme.Width(joined) > w {
			lines = append(lines, line)
			joined = piece
		}
		line = p.Clip(joined, w)
	}
	return append(lines, line)
}

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

// A summary says what a draft's order gets.
type summary struct{ draft }

// facts are what the order gets, in the order in which people ask.
func (s summary) facts(p pen) []fact {
	facts := []fact{{name: "image", lines: []string{orDash(p, s.order.Image)}}, s.gpuFact(p)}
	facts = append(append(facts, s.shareFacts(p)...), s.portFact())
	if names := s.variables(); len(names) > 0 {
		facts = append(facts, say("vars", strings.Join(names, ", "), ""))
	}
	if s.plan.Hostname != "" {
		facts = append(facts, say("host", theme.Text(s.plan.Hostname), "host "+theme.Text(s.plan.Hostname)))
	}
	return append(facts, s.keyFact()...)
}

// shareFacts are the order's part of the machine. They are dashes until the engine has said what the machine is.
func (s summary) shareFacts(p pen) []fact {
	share, host := s.plan.Share, s.in.Capacity.Host
	if !host.Known() {
		return []fact{
			say("share", p.Dash, "share "+p.Dash), say("CPU", p.Dash, "CPU "+p.Dash), say("RAM", p.Dash, "RAM "+p.Dash),
			say("shm", p.Dash, "shm "+p.Dash), say("disk", s.plan.Disk.String(), s.plan.Disk.String()+" disk"),
		}
	}
	of := fmt.Sprintf("%s of %d cores", cores(share.Cores), host.Cores)
	return []fact{
		say("share", plain(percent(share.Fraction))+"% of the machine", ""),
		say("CPU", of+", more while idle", of),
		say("RAM", share.Memory.Binary()+", more while free", share.Memory.Binary()+" RAM"),
		say("shm", share.Shm.Binary()+" in /dev/shm", share.Shm.Binary()+" shm"),
		say("disk", s.plan.Disk.String()+", "+string(s.plan.DiskHold), s.plan.Disk.String()+" disk, "+string(s.plan.DiskHold)),
	}
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
func (s summary) gpuFact(p pen) fact {
	o := s.order
	switch {
	case o.GPUs == 0:
		return say("GPUs", "none: a CPU instance", "no GPU")
	case s.unseen():
		return say("GPUs", p.Dash, "GPUs "+p.Dash)
	case len(s.plan.GPUs) == 0:
		return warned(say("GPUs", fmt.Sprintf("%d asked, not to be had now", o.GPUs), ""))
	}
	var indexes []string
	for _, u := range s.in.Capacity.Units() {
		if slices.Contains(s.plan.GPUs, u.ID) {
			indexes = append(indexes, fmt.Sprint(u.Index))
		}
	}
	chosen := fmt.Sprintf("%d%s %s: %s", len(s.plan.GPUs), p.Times, shortModel(s.plan.GPUModel), strings.Join(indexes, " "))
	lines := append([]string{chosen}, s.plan.WhyGPUs...)
	return fact{name: "GPUs", lines: lines, short: strings.Join(lines, ", ")}
}

// portFact is each port with its variable. Their external numbers are drawn at the launch.
func (s summary) portFact() fact {
	if len(s.plan.Ports) == 0 {
		return say("ports", "none but what the image EXPOSEs", "no ports")
	}
	var lines []string
	for _, port := range s.plan.Ports {
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
	where := s.in.PublicIP
	if where == "" {
		where = "this machine"
	}
	lines = append(lines, fmt.Sprintf("%d of %d, each on a random port of %s", len(lines), model.MaxPorts, theme.Text(where)))
	return fact{name: "ports", lines: lines, short: shortPorts(s.plan.Ports)}
}

// portVariable is the variable that tells the instance its external port.
func portVariable(p model.Port) string {
	return fmt.Sprintf("VAST_%s_PORT_%d", strings.ToUpper(string(p.Protocol)), p.Asked)
}

// variables are the names of the variables that account, template and form set. Values may be secrets.
func (s summary) variables() []string {
	var names []string
	for _, v := range s.plan.Env {
		names = append(names, theme.Text(v.Name))
	}
	return names
}

// keyFact says who can log in, where somebody could.
func (s summary) keyFact() []fact {
	if !s.order.Mode.Launcher() || s.template != nil {
		return nil
	}
	switch n := len(s.plan.Keys); n {
	case 0:
		return []fact{warned(say("keys", "no SSH key: nobody can log in", "no SSH key"))}
	case 1:
		return []fact{say("keys", "1 SSH key can log in", "1 SSH key")}
	default:
		return []fact{say("keys", fmt.Sprintf("%d SSH keys can log in", n), fmt.Sprintf("%d SSH keys", n))}
	}
}

// warned is a fact that people should notice.
func warned(f fact) fact {
	f.warn = true
	return f
}

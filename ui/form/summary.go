package form

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"berth/model"
	"berth/ui/theme"
)

// A fact is one thing that the order gets.
type fact struct {
	name  string
	lines []string
	short string // the same in a few words, for display without a name
	warn  bool
}

// A summary says what a draft's order gets.
type summary struct{ draft }

// facts returns what the order gets, the most asked for first.
func (s summary) facts(p pen) []fact {
	facts := []fact{{name: "image", lines: []string{orDash(p, s.order.Image)}}}
	if name := s.in.Capacity.Machine; name != "" {
		facts = append(facts, say("on", name, "on "+name))
	}
	facts = append(facts, s.gpuFact(p))
	facts = append(append(facts, s.shareFacts(p)...), s.portFact())
	if data := s.plan.Data(); len(data) > 0 {
		lines := make([]string, len(data))
		for n, line := range data {
			lines[n] = theme.Text(line)
		}
		facts = append(facts, fact{name: "data", lines: lines, short: strings.Join(lines, ", ")})
	}
	if names := s.variables(); len(names) > 0 {
		facts = append(facts, say("vars", strings.Join(names, ", "), ""))
	}
	if limit := s.plan.Time.Promised(s.in.Capacity.At); limit != "" {
		facts = append(facts, say("time", limit, ""))
	}
	if rule := s.in.Capacity.Policy.Idle.Promised(s.order); rule != "" {
		facts = append(facts, say("idle", rule, ""))
	}
	if s.plan.Hostname != "" {
		facts = append(facts, say("host", theme.Text(s.plan.Hostname), "host "+theme.Text(s.plan.Hostname)))
	}
	return append(facts, s.keyFact()...)
}

// shareFacts returns the order's part of the machine; dashes until the engine has said what the machine has.
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

// say returns a fact of one line.
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

// cores formats a number of cores, with a decimal below 10 unless it is 0.
func cores(n float64) string {
	if n >= 10 {
		return fmt.Sprintf("%.0f", n)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0")
}

// gpuFact returns the chosen GPUs, and why.
func (s summary) gpuFact(p pen) fact {
	o := s.order
	switch {
	case o.GPUs == 0:
		return say("GPUs", "none: a CPU instance", "no GPU")
	case s.machineUnknown():
		return say("GPUs", p.Dash, "GPUs "+p.Dash)
	case len(s.plan.GPUs) == 0 && s.order.Queue:
		place, _ := s.order.Waits(s.in.Capacity)
		return say("GPUs", theme.Text(fmt.Sprintf("waits for %d: %s", o.GPUs, place)), "")
	case len(s.plan.GPUs) == 0:
		return asWarning(say("GPUs", fmt.Sprintf("%d asked, not to be had now", o.GPUs), ""))
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

// portFact returns each port with its variable. The external numbers are chosen at the launch.
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
	where := cmp.Or(s.in.Capacity.Machine, s.in.PublicIP, "this machine")
	lines = append(lines, fmt.Sprintf("%d of %d, each on a random port of %s", len(lines), model.MaxPorts, theme.Text(where)))
	return fact{name: "ports", lines: lines, short: shortPorts(s.plan.Ports)}
}

// portVariable returns the variable that tells the instance its external port.
func portVariable(p model.Port) string {
	return fmt.Sprintf("VAST_%s_PORT_%d", strings.ToUpper(string(p.Protocol)), p.Asked)
}

// variables returns the names of the variables that account, template and form set. The values may be secrets.
func (s summary) variables() []string {
	var names []string
	for _, v := range s.plan.Env {
		names = append(names, theme.Text(v.Name))
	}
	return names
}

// keyFact says how many SSH keys can log in, if the mode has an SSH server.
func (s summary) keyFact() []fact {
	if !s.order.Mode.Launcher() || s.template != nil {
		return nil
	}
	if name := s.in.Capacity.Machine; name != "" {
		return []fact{say("keys", "those of your account on "+name, "")}
	}
	switch n := len(s.plan.Keys); n {
	case 0:
		return []fact{asWarning(say("keys", "no SSH key: nobody can log in", "no SSH key"))}
	case 1:
		return []fact{say("keys", "1 SSH key can log in", "1 SSH key")}
	default:
		return []fact{say("keys", fmt.Sprintf("%d SSH keys can log in", n), fmt.Sprintf("%d SSH keys", n))}
	}
}

// asWarning marks a fact as a warning.
func asWarning(f fact) fact {
	f.warn = true
	return f
}

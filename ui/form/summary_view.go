package form

import (
	"fmt"
	"slices"
	"strings"

	"berth/model"
	"berth/ui/theme"
)

// column draws what the order gets, in a column of w × h cells.
func (s summary) column(w, h int) []string {
	const names = 6
	p := pen{Theme: s.th, width: w}
	lines := []string{p.Strong.Render("What you get"), ""}
	if about := s.about(); about != "" {
		lines = append(append(lines, wrapped(p.Dim, about, w)...), "")
	}
	wrong := s.wrong()
	for _, fault := range wrong {
		lines = append(lines, wrapped(p.Bad, p.No+" "+rail[stepOf(fault.Field)].name+": "+faultText(fault, fault.Field), w)...)
	}
	if len(wrong) > 0 {
		lines = append(lines, "")
	}
	for _, fact := range s.facts(p) {
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

// below draws what the order gets, in at most h lines under the fields.
func (s summary) below(p pen, h int) []string {
	if h < 2 {
		return nil
	}
	title := " what you get "
	rule := p.Dim.Render(strings.Repeat(p.Horizontal, 2)) + p.Strong.Render(title)
	if wrong := s.wrong(); len(wrong) > 0 {
		rule += p.Bad.Render(p.No+" "+faultCount(wrong)+": "+faultySteps(wrong)) + " "
	}
	rule = p.Clip(rule, p.width-1)
	rule += p.Dim.Render(strings.Repeat(p.Horizontal, max(p.width-theme.Width(rule), 0)))
	lines := []string{rule}
	if about := s.about(); about != "" && h >= roomForAbout {
		lines = append(lines, p.Dim.Render(p.Clip(theme.Text(about), p.width-1)))
	}
	var text []string
	for _, fact := range s.facts(p)[1:] {
		style := p.Plain
		if fact.warn {
			style = p.Warn
		}
		text = append(text, wrapped(style, fact.short, p.width-1)...)
	}
	lines = append(lines, packLines(p, text, p.width-1)...)
	return lines[:min(len(lines), h)]
}

// roomForAbout is the least height at which the template's description is shown too.
const roomForAbout = 5

// about returns the marked template's description, because the row seldom has room for all of it.
func (s summary) about() string {
	if s.at != stepSource || s.template != nil {
		return ""
	}
	return s.pages.source.about()
}

// faultySteps returns the names of the steps that faults are about.
func faultySteps(faults model.Faults) string {
	var names []string
	for id := range stepCount {
		if slices.ContainsFunc(faults, func(f model.Fault) bool { return stepOf(f.Field) == id }) {
			names = append(names, rail[id].name)
		}
	}
	return strings.Join(names, ", ")
}

// shortPorts formats the ports without their variables.
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

// packLines fills lines of w cells with pieces, with a dot between two.
func packLines(p pen, pieces []string, w int) []string {
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

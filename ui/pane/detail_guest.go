package pane

import (
	"fmt"
	"strings"

	"berth/model"
	"berth/ui/theme"
)

// launcher adds the launcher's own report: what is missing, the progress of Jupyter, the result of the on-start script.
func (p *sheet) launcher(i model.Instance) {
	g := i.Guest
	for _, f := range g.Faults {
		p.fact("set-up", p.Theme.Warn.Render(theme.Text(f)))
	}
	said := g.Jupyter.Message != "" && strings.Contains(i.Message, g.Jupyter.Message) // the message says it already
	if s := g.Jupyter; s.State != model.ServiceNone && s.State != model.ServiceRunning && !said {
		p.fact("jupyter", theme.Join(string(s.State), p.Theme.Dot, theme.Text(s.Message)))
	}
	if s := g.SSH; s.State == model.ServiceWaiting {
		p.fact("ssh", p.Theme.Warn.Render(theme.Join(string(s.State), p.Theme.Dot, theme.Text(s.Message))))
	}
	p.script(g.OnStart)
}

// script adds the state of the on-start script, and the last output lines of a failed one.
func (p *sheet) script(s model.ScriptStatus) {
	switch s.State {
	case model.ScriptNone:
	case model.ScriptRunning:
		p.fact("on-start", "running")
	case model.ScriptEnded:
		p.fact("on-start", "ended well")
	case model.ScriptFailed:
		p.fact("on-start", p.Theme.Bad.Render(fmt.Sprintf("failed with exit code %d", s.ExitCode))+p.Theme.Dim.Render("; l then Tab: its log"))
		for _, line := range s.Last {
			p.text("  ", p.Theme.Dim.Render(theme.Text(line)))
		}
	}
}

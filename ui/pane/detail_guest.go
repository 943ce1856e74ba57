package pane

import (
	"fmt"
	"strings"

	"berth/model"
	"berth/ui/theme"
)

// launcher adds what the launcher inside says: what is missing, how Jupyter comes on, how the on-start script
// ended. It is the instance's own word.
func (p *sheet) launcher(i model.Instance) {
	g := i.Guest
	for _, f := range g.Faults {
		p.fact("set-up", p.Theme.Warn.Render(theme.Text(f)))
	}
	said := g.Jupyter.Message != "" && strings.Contains(i.Message, g.Jupyter.Message) // above, as what it is doing
	if s := g.Jupyter; s.State != model.ServiceNone && s.State != model.ServiceRunning && !said {
		p.fact("jupyter", theme.Join(string(s.State), p.Theme.Dot, theme.Text(s.Message)))
	}
	if s := g.SSH; s.State == model.ServiceWaiting {
		p.fact("ssh", p.Theme.Warn.Render(theme.Join(string(s.State), p.Theme.Dot, theme.Text(s.Message))))
	}
	p.script(g.OnStart)
}

// script adds how the on-start script is doing; of one that failed, its last lines.
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

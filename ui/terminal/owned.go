package terminal

import (
	tea "charm.land/bubbletea/v2"
)

// An owned model is the App in the hands of the terminal's owner, who acts on what is the terminal's business
// and paints after every message.
type owned struct {
	app tea.Model
	t   *Terminal
}

func (o owned) Init() tea.Cmd { return o.t.guarded(o.app.Init()) }

// View is empty: the program has no renderer.
func (o owned) View() tea.View { return tea.View{} }

func (o owned) Update(msg tea.Msg) (next tea.Model, cmd tea.Cmd) {
	next, cmd = o, tea.Quit
	defer o.t.guard(nil)
	switch msg := msg.(type) {
	case Copy:
		o.t.copy(msg.Text)
		return o, nil
	case Notify:
		o.t.call(msg.Text)
		return o, nil
	case Set:
		o.t.set(msg)
		return o, nil
	case crashedMsg:
		return o, tea.Quit
	case tea.WindowSizeMsg:
		o.t.resize(msg.Width, msg.Height)
	}
	if _, resumed := msg.(tea.ResumeMsg); resumed || lent(msg) {
		msg = o.t.back()
	}
	var appCmd tea.Cmd
	o.app, appCmd = o.app.Update(msg)
	o.t.paint(o.app.View())
	return o, o.t.guarded(appCmd)
}

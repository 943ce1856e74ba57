package terminal

import (
	tea "charm.land/bubbletea/v2"
)

// An ownedModel wraps the App. It handles the messages that concern the terminal and paints after every other
// message.
type ownedModel struct {
	app tea.Model
	t   *Terminal
}

func (o ownedModel) Init() tea.Cmd { return o.t.guarded(o.app.Init()) }

// View is empty, since the program has no renderer.
func (o ownedModel) View() tea.View { return tea.View{} }

func (o ownedModel) Update(msg tea.Msg) (next tea.Model, cmd tea.Cmd) {
	next, cmd = o, tea.Quit
	defer o.t.guard(nil)
	switch msg := msg.(type) {
	case Copy:
		o.t.copy(msg.Text)
		return o, nil
	case Notify:
		o.t.sendNotification(msg.Text)
		return o, nil
	case Set:
		o.t.set(msg)
		return o, nil
	case crashedMsg:
		return o, tea.Quit
	case tea.WindowSizeMsg:
		o.t.resize(msg.Width, msg.Height)
	}
	if _, resumed := msg.(tea.ResumeMsg); resumed || lendsTerminal(msg) {
		msg = o.t.back()
	}
	var appCmd tea.Cmd
	o.app, appCmd = o.app.Update(msg)
	o.t.paint(o.app.View())
	return o, o.t.guarded(appCmd)
}

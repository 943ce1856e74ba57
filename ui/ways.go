package ui

import (
	"context"
	"fmt"
	"io"
	"strings"

	tea "charm.land/bubbletea/v2"

	"berth/model"
	"berth/ui/popup"
	"berth/ui/terminal"
	"berth/ui/theme"
)

// look is what popups are drawn with and listen to.
func (a App) look() popup.Look { return popup.Look{Theme: a.theme(), Keys: a.inner.popup} }

func openPorts(a App) (App, tea.Cmd) {
	return hostOf(a, func(ctx context.Context, id model.InstanceID) popup.Ports {
		return popup.NewPorts(ctx, a.look(), a.machine, a.scene.Fleet, id)
	})
}

func openConnect(a App) (App, tea.Cmd) {
	return hostOf(a, func(_ context.Context, id model.InstanceID) popup.Connect {
		return popup.NewConnect(a.look(), a.scene.Fleet, id, a.viewer, a.options.Certificate)
	})
}

func openLogs(a App) (App, tea.Cmd) {
	return hostOf(a, func(ctx context.Context, id model.InstanceID) popup.Logs {
		return popup.NewLogs(ctx, a.look(), a.machine, a.scene.Fleet, id)
	})
}

func openTransfer(a App) (App, tea.Cmd) {
	return hostOf(a, func(ctx context.Context, id model.InstanceID) popup.Transfer {
		return popup.NewTransfer(ctx, a.look(), a.machine, a.scene.Fleet, id, a.options.Dir)
	})
}

func openTransferInto(a App) (App, tea.Cmd) {
	return hostOf(a, func(ctx context.Context, id model.InstanceID) popup.Transfer {
		return popup.NewTransfer(ctx, a.look(), a.machine, a.scene.Fleet, id, a.options.Dir).Into()
	})
}

func openAccount(a App) (App, tea.Cmd) {
	return host(a, func(ctx context.Context) popup.Account { return popup.NewAccount(ctx, a.look(), a.machine) })
}

func openHistory(a App) (App, tea.Cmd) {
	return host(a, func(ctx context.Context) popup.History { return popup.NewHistory(ctx, a.look(), a.machine) })
}

func openUsage(a App) (App, tea.Cmd) {
	return host(a, func(ctx context.Context) popup.Usage {
		return popup.NewUsage(ctx, a.look(), a.machine, a.scene.Fleet)
	})
}

// openDoor opens one of the web addresses of the selected instance.
func openDoor(door popup.Door) func(App) (App, tea.Cmd) {
	return func(a App) (App, tea.Cmd) {
		return hostOf(a, func(_ context.Context, id model.InstanceID) popup.Open {
			return popup.NewOpen(a.look(), a.options.Browser, a.scene.Fleet, id, door)
		})
	}
}

// copyOne copies the command that gets in: ssh, or without an SSH server the first port's line.
func copyOne(a App) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.refused(err)
	}
	for _, l := range model.Links(i, a.scene.Fleet.Host.PublicIP) {
		if l.Name == "ssh" {
			return a.copied(l.Text)
		}
	}
	if lines := portLines(i, a.scene.Fleet.Host.PublicIP); len(lines) > 0 {
		return a.copied(lines[0])
	}
	return a.noted(i.ID.String()+" has no port that is open yet", true), nil
}

// copyAll copies every port's line.
func copyAll(a App) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.refused(err)
	}
	lines := portLines(i, a.scene.Fleet.Host.PublicIP)
	if len(lines) == 0 {
		return a.noted(i.ID.String()+" has no port that is open yet", true), nil
	}
	return a.copied(strings.Join(lines, "\n"))
}

// portLines are the lines of IP Port Info, of ports that have their number.
func portLines(i model.Instance, publicIP string) []string {
	var out []string
	for _, p := range i.Plan.Ports {
		if p.External != 0 {
			out = append(out, model.PortLine(publicIP, p))
		}
	}
	return out
}

// copied puts a text on the clipboard and shows it as well: not every terminal lets a program write its
// clipboard.
func (a App) copied(text string) (App, tea.Cmd) {
	shown := text
	if n := strings.Count(text, "\n"); n > 0 {
		shown = theme.Count(n+1, "line")
	}
	return a.noted("copied: "+shown, false), say(terminal.Copy{Text: text})
}

// openShell opens a shell in the selected instance; the screen comes back as it was.
func openShell(a App) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.refused(err)
	}
	if i.Phase != model.PhaseRunning && i.Phase != model.PhaseConnecting {
		return a.noted(i.ID.String()+" is "+i.Status()+": a shell needs it running", true), nil
	}
	s := &shell{ctx: a.ctx, machine: a.machine, id: i.ID}
	return a, tea.Exec(s, func(err error) tea.Msg {
		if err != nil {
			err = fmt.Errorf("the shell of %s ended: %w", i.ID, err)
		}
		return doneMsg{"the shell of " + i.ID.String() + " ended", err}
	})
}

// shells are the shells inside instances.
type shells interface {
	// Shell runs an interactive shell in the instance on the given terminal until it ends.
	Shell(ctx context.Context, id model.InstanceID, in io.Reader, out io.Writer) error
}

// A shell is the machine's shell as a command that takes the terminal over.
type shell struct {
	ctx     context.Context
	machine shells
	id      model.InstanceID
	in      io.Reader
	out     io.Writer
}

func (s *shell) Run() error            { return s.machine.Shell(s.ctx, s.id, s.in, s.out) }
func (s *shell) SetStdin(r io.Reader)  { s.in = r }
func (s *shell) SetStdout(w io.Writer) { s.out = w }
func (s *shell) SetStderr(_ io.Writer) {}

// fromPopup does what a popup asks for.
func (a App) fromPopup(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case popup.Close:
		return a.close(), nil
	case popup.Copy:
		return a, say(terminal.Copy{Text: msg.Text})
	case popup.Toast:
		return a.noted(msg.Text, msg.Failed), nil
	case popup.Run:
		return a.close().run(Command(msg.Action))
	}
	return a, nil
}

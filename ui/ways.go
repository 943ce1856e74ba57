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

// look returns the theme and the keys for popups.
func (a App) look() popup.Look { return popup.Look{Theme: a.theme(), Keys: a.inner.popup} }

func openPorts(a App) (App, tea.Cmd) {
	return openInstancePopup(a, func(ctx context.Context, id model.InstanceID) popup.Ports {
		return popup.NewPorts(ctx, a.look(), a.machine, a.scene.Fleet, id)
	})
}

func openConnect(a App) (App, tea.Cmd) {
	return openInstancePopup(a, func(_ context.Context, id model.InstanceID) popup.Connect {
		viewer := a.viewer
		if len(a.scene.Fleet.Machines) > 0 { // this session leads to none of them
			viewer = model.Viewer{}
		}
		return popup.NewConnect(a.look(), a.scene.Fleet, id, viewer, a.options.Certificate)
	})
}

func openLogs(a App) (App, tea.Cmd) {
	return openInstancePopup(a, func(ctx context.Context, id model.InstanceID) popup.Logs {
		return popup.NewLogs(ctx, a.look(), a.machine, a.scene.Fleet, id)
	})
}

func openTransfer(a App) (App, tea.Cmd) {
	return openInstancePopup(a, func(ctx context.Context, id model.InstanceID) popup.Transfer {
		return popup.NewTransfer(ctx, a.look(), a.machine, a.scene.Fleet, id, a.options.Dir)
	})
}

func openTransferInto(a App) (App, tea.Cmd) {
	return openInstancePopup(a, func(ctx context.Context, id model.InstanceID) popup.Transfer {
		return popup.NewTransfer(ctx, a.look(), a.machine, a.scene.Fleet, id, a.options.Dir).Into()
	})
}

func openAccount(a App) (App, tea.Cmd) {
	return openPopup(a, func(ctx context.Context) popup.Account { return popup.NewAccount(ctx, a.look(), a.machine) })
}

func openHistory(a App) (App, tea.Cmd) {
	return openPopup(a, func(ctx context.Context) popup.History { return popup.NewHistory(ctx, a.look(), a.machine) })
}

func openVolumes(a App) (App, tea.Cmd) {
	return openPopup(a, func(context.Context) popup.Listing { return popup.NewVolumes(a.look(), a.scene.Fleet, a.scene.Me) })
}

func openReservations(a App) (App, tea.Cmd) {
	return openPopup(a, func(context.Context) popup.Listing {
		return popup.NewReservations(a.look(), a.scene.Fleet, a.scene.Me)
	})
}

func openUsage(a App) (App, tea.Cmd) {
	return openPopup(a, func(ctx context.Context) popup.Usage {
		return popup.NewUsage(ctx, a.look(), a.machine, a.scene.Fleet)
	})
}

// openDoor returns the command that opens one of the selected instance's web addresses.
func openDoor(door popup.Door) func(App) (App, tea.Cmd) {
	return func(a App) (App, tea.Cmd) {
		return openInstancePopup(a, func(_ context.Context, id model.InstanceID) popup.Open {
			return popup.NewOpen(a.look(), a.options.Browser, a.scene.Fleet, id, door)
		})
	}
}

// copyOne copies the instance's ssh command. For an instance without an SSH server it copies the first port's line.
func copyOne(a App) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.showError(err)
	}
	for _, l := range model.Links(i, a.scene.Fleet.HostOf(i.ID).PublicIP) {
		if l.Name == "ssh" {
			return a.copyText(l.Text)
		}
	}
	if lines := portLines(i, a.scene.Fleet.HostOf(i.ID).PublicIP); len(lines) > 0 {
		return a.copyText(lines[0])
	}
	return a.addMessage(model.NameOf(&i)+" has no port that is open yet", true), nil
}

// copyAll copies every port's line.
func copyAll(a App) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.showError(err)
	}
	lines := portLines(i, a.scene.Fleet.HostOf(i.ID).PublicIP)
	if len(lines) == 0 {
		return a.addMessage(model.NameOf(&i)+" has no port that is open yet", true), nil
	}
	return a.copyText(strings.Join(lines, "\n"))
}

// portLines returns the lines of IP Port Info, for ports that have an external number.
func portLines(i model.Instance, publicIP string) []string {
	var out []string
	for _, p := range i.Plan.Ports {
		if p.External != 0 {
			out = append(out, model.PortLine(publicIP, p))
		}
	}
	return out
}

// copyText copies a text to the clipboard and also shows it, because not every terminal lets a program write the
// clipboard.
func (a App) copyText(text string) (App, tea.Cmd) {
	shown := text
	if n := strings.Count(text, "\n"); n > 0 {
		shown = theme.Count(n+1, "line")
	}
	return a.addMessage("copied: "+shown, false), emit(terminal.Copy{Text: text})
}

// openShell opens a shell in the selected instance. Afterwards the screen is as before.
func openShell(a App) (App, tea.Cmd) {
	i, err := a.target()
	if err != nil {
		return a.showError(err)
	}
	if i.Phase != model.PhaseRunning && i.Phase != model.PhaseConnecting {
		return a.addMessage(model.NameOf(&i)+" is "+i.Status()+": a shell needs it running", true), nil
	}
	s := &shell{ctx: a.ctx, machine: a.machine, id: i.ID}
	return a, tea.Exec(s, func(err error) tea.Msg {
		if err != nil {
			err = fmt.Errorf("the shell of %s ended: %w", model.NameOf(&i), err)
		}
		return doneMsg{"the shell of " + model.NameOf(&i) + " ended", err}
	})
}

// shells is the part of Backend that opens shells inside instances.
type shells interface {
	// Shell runs an interactive shell in the instance on the given terminal until the shell ends.
	Shell(ctx context.Context, id model.InstanceID, in io.Reader, out io.Writer) error
}

// A shell is a tea.ExecCommand that runs the instance's shell on the terminal.
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

// fromPopup carries out a request of a popup.
func (a App) fromPopup(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case popup.Close:
		return a.close(), nil
	case popup.Copy:
		return a, emit(terminal.Copy{Text: msg.Text})
	case popup.Toast:
		return a.addMessage(msg.Text, msg.Failed), nil
	case popup.Run:
		return a.close().run(Command(msg.Action))
	}
	return a, nil
}

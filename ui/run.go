package ui

import (
	"context"
	"os"

	"berth/ui/terminal"
)

// Run shows the screen until the user quits, the context ends or a signal ends the process. Its error is
// terminal.ErrNoTerminal, a *terminal.Crash, or an error of the terminal's device.
func Run(ctx context.Context, m Backend, o Options) error {
	s, err := Raise(ctx, o)
	if err != nil {
		return err
	}
	defer s.Lower()
	return s.Run(ctx, m, o)
}

// A Stage is a terminal that shows the screen of a machine which is only just being opened: empty, and there at once.
type Stage struct{ terminal *terminal.Terminal }

// Raise takes the terminal and shows the empty screen.
func Raise(ctx context.Context, o Options) (*Stage, error) {
	t, err := terminal.Open(terminal.Options{
		In: o.In, Out: o.Out, Env: o.Env, Mouse: o.Mouse, Notify: o.Notify, Color: o.Theme.Color,
	})
	if err != nil {
		return nil, err
	}
	empty, err := New(ctx, nil, o)
	if err != nil {
		return nil, err
	}
	empty.mainScreen = empty.sized(t.Size())
	return &Stage{t}, t.Take(empty)
}

// Lower gives the terminal back as it was found, if it isn't yet.
func (s *Stage) Lower() { s.terminal.Leave() }

// Run is ui's Run, on the stage.
func (s *Stage) Run(ctx context.Context, m Backend, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.Dir == "" {
		o.Dir, _ = os.Getwd() // on an error the user types the path
	}
	app, err := New(ctx, m, o)
	if err != nil {
		return err
	}
	app.mainScreen = app.sized(s.terminal.Size())
	return s.terminal.Run(ctx, app)
}

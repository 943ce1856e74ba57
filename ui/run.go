package ui

import (
	"context"
	"os"

	"berth/ui/terminal"
)

// Run shows the screen until the user quits, the context ends, or the process is told to end. Its error is
// terminal.ErrNoTerminal, a *terminal.Crash, or what the terminal's device said.
func Run(ctx context.Context, m Backend, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t, err := terminal.Open(terminal.Options{
		In: o.In, Out: o.Out, Env: o.Env, Mouse: o.Mouse, Notify: o.Notify, Color: o.Theme.Color,
	})
	if err != nil {
		return err
	}
	if o.Dir == "" {
		o.Dir, _ = os.Getwd() // without one the path is typed
	}
	app, err := New(ctx, m, o)
	if err != nil {
		return err
	}
	app.mainScreen = app.sized(t.Size())
	return t.Run(ctx, app)
}

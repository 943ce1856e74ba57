package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/ui"
	"berth/ui/popup"
	"berth/ui/theme"
)

// screen opens the screen. `berth` without a command does this.
func (p *program) screen(c *cobra.Command) error {
	if err := ableToShow(); err != nil { // checked before anything is opened or started
		return fmt.Errorf("%w; `berth --accessible` is a session of plain lines, and every screen has a command: `berth --help`", err)
	}
	early, err := p.Look(p.globals)
	if err != nil {
		return err
	}
	o, err := screenOptions(c, p.globals, early)
	if err != nil {
		return err
	}
	stage, err := ui.Raise(c.Context(), o)
	if err != nil {
		return err
	}
	defer stage.Lower() // before anybody reads what went wrong
	return p.asKeeper(c.Context(), func(ctx context.Context, m Backend) error {
		o, err := screenOptions(c, p.globals, m.Screen())
		if err != nil {
			return err
		}
		if story, ok := m.(interface {
			Begin(ctx context.Context) ([]model.Fleet, error)
		}); ok {
			if o.Past, err = story.Begin(ctx); err != nil {
				return err
			}
		}
		return stage.Run(ctx, m, o)
	})
}

// screenOptions returns what the screen is opened with.
func screenOptions(c *cobra.Command, g Globals, s Screen) (ui.Options, error) {
	th, err := theme.New(theme.Options{
		Color: cmp.Or(g.Color, s.Color), ASCII: g.ASCII || s.ASCII, TTY: isTerminal(c.OutOrStdout()), Env: os.Environ(),
	})
	return ui.Options{
		Theme: th, User: s.User, Keys: s.Keys, Mouse: s.Mouse, Notify: s.Notify,
		Browser:     popup.LocalBrowser(os.Getenv),
		Certificate: popup.Certificate{Fingerprint: s.Fingerprint, CAFile: s.CAFile},
	}, err
}

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

// screen opens the screen: what `berth` alone does.
func (p *program) screen(c *cobra.Command) error {
	if err := ableToShow(); err != nil { // before anything is opened, or begun, for it
		return fmt.Errorf("%w; `berth --accessible` is a session of plain lines, and every screen has a command: `berth --help`", err)
	}
	return p.asKeeper(c.Context(), func(ctx context.Context, m Backend) error {
		s := m.Screen()
		th, err := theme.New(theme.Options{
			Color: cmp.Or(p.globals.Color, s.Color), ASCII: p.globals.ASCII || s.ASCII, TTY: isTerminal(c.OutOrStdout()), Env: os.Environ(),
		})
		if err != nil {
			return err
		}
		var past []model.Fleet
		if story, ok := m.(interface {
			Begin(ctx context.Context) ([]model.Fleet, error)
		}); ok && onTerminal() { // else there is no screen, and nobody to tell
			if past, err = story.Begin(ctx); err != nil {
				return err
			}
		}
		return ui.Run(ctx, m, ui.Options{
			Past:  past,
			Theme: th, User: s.User, Keys: s.Keys, Mouse: s.Mouse, Notify: s.Notify,
			Browser:     popup.LocalBrowser(os.Getenv),
			Certificate: popup.Certificate{Fingerprint: s.Fingerprint, CAFile: s.CAFile},
		})
	})
}

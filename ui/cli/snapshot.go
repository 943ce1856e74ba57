package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func snapshotCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "snapshot INSTANCE NAME[:TAG]", Short: "keep an instance's files as an image and a template", Args: exactly("INSTANCE", "NAME[:TAG]"),
		ValidArgsFunction: p.completeInstances,
		Long: "snapshot makes an image of the instance's files, for the next launch and for other users of this machine, and a\n" +
			"template of your own that launches it. Left out are the instance's variables, keys, tokens and on-start script,\n" +
			"what berth put in, and where programs keep keys, logins and history. What is mounted (folders, volumes) isn't in\n" +
			"it. A running instance is copied while it runs: stop it first if files that change at the same time matter.",
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			return p.with(c.Context(), func(m Backend) error {
				made, err := m.Snapshot(c.Context(), id, args[1])
				if err != nil {
					return err
				}
				if p.json {
					return p.printJSON(c.OutOrStdout(), made)
				}
				say(c, "%s", made.Words(id))
				_, err = fmt.Fprintln(c.OutOrStdout(), made.Image)
				return err
			})
		},
	})
}

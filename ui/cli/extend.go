package cli

import (
	"github.com/spf13/cobra"

	"berth/model"
)

func extendCommand(p *program) *cobra.Command {
	c := p.jsonFlag(&cobra.Command{
		Use: "extend INSTANCE TIME", Short: "let an instance run longer whose time is limited",
		Long: "extend puts off the end of an instance's run, by a time such as 30m, 4h or 1d. The machine's owner may have set how\n" +
			"long a run may take in all: [time] longest.",
		Example: "  berth extend 1012 4h", Args: exactly("INSTANCE", "TIME"), ValidArgsFunction: p.completeInstances,
	})
	c.RunE = func(c *cobra.Command, args []string) error {
		id, err := parseID(args[0])
		if err != nil {
			return err
		}
		by, err := model.ParseSpan(args[1])
		if err != nil {
			return Misuse(err)
		}
		return p.with(c.Context(), func(m Backend) error {
			ends, err := m.Extend(c.Context(), id, by)
			if err == nil {
				say(c, "%s runs until %s", id, ends.Local().Format("2 Jan 15:04"))
			}
			return printOrdered(p, c, m, id, err)
		})
	}
	return c
}

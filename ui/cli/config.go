package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"
)

func configCommand(p *program) *cobra.Command {
	c := &cobra.Command{
		Use: "config", Short: "check the machine's configuration", Args: exactly(),
		Long: "The machine's own configuration says what its owner has decided for everybody: see lab.md. Without a command this\n" +
			"is config check.",
		RunE: func(c *cobra.Command, _ []string) error { return p.checkConfig(c, "") },
	}
	c.AddCommand(&cobra.Command{
		Use: "check [FILE]", Short: "say everything that is wrong in a configuration file", Args: cobra.MaximumNArgs(1),
		Long: "check reads the machine's configuration, or a file that is to become it, and says everything that is wrong in it at\n" +
			"once: file, line, key, what is there and what is allowed. It changes nothing. A file with faults stops nothing that\n" +
			"runs, but nothing new is launched until it is put right.",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				return p.checkConfig(c, args[0])
			}
			return p.checkConfig(c, "")
		},
	})
	return c
}

// checkConfig checks a file. An empty path is the machine's own file, which may be missing.
func (p *program) checkConfig(c *cobra.Command, path string) error {
	said, err := p.CheckConfig(cmp.Or(path, p.globals.Config, p.Config))
	if path == "" && errors.Is(err, fs.ErrNotExist) {
		said, err = cmp.Or(p.globals.Config, p.Config)+": there is none, so nothing is decided", nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return exitError{err, ExitAbsent}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.OutOrStdout(), said)
	return err
}

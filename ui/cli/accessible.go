package cli

import "github.com/spf13/cobra"

func (p *program) accessible(c *cobra.Command) error { return c.Help() }

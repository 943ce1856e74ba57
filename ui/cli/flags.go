package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// globalFlags are every command's. Each can also be given as an environment variable; the flag wins.
func (p *program) globalFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	g := &p.globals
	f.StringVar(&g.Home, "home", os.Getenv("BERTH_HOME"), "state folder (BERTH_HOME)")
	f.StringVar(&g.Simulate, "simulate", os.Getenv("BERTH_SIMULATE"), "simulated GPUs such as h100x8; nothing is handed to containers (BERTH_SIMULATE)")
	f.BoolVar(&g.Demo, "demo", isSet("BERTH_DEMO"), "simulated GPUs and an engine in memory, for a look (BERTH_DEMO)")
	f.StringVar(&g.Color, "color", os.Getenv("BERTH_COLOR"), "never, auto or always (BERTH_COLOR)")
	f.BoolVar(&g.ASCII, "ascii", isSet("BERTH_ASCII"), "draw with plain ASCII signs (BERTH_ASCII)")
}

// jsonFlag is the flag of every command that answers with something.
func (p *program) jsonFlag(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVar(&p.json, "json", false, "print JSON")
	return c
}

// isSet reads an environment variable as a switch: unset, empty, 0 and false are off.
func isSet(name string) bool {
	v := os.Getenv(name)
	on, err := strconv.ParseBool(v)
	return on || err != nil && v != ""
}

// with opens the machine for one command and closes it afterwards.
func (p *program) with(ctx context.Context, do func(Machine) error) error {
	switch p.globals.Color {
	case "", "never", "auto", "always":
	default:
		return fmt.Errorf("%w: --color %q: want never, auto or always", errUsage, p.globals.Color)
	}
	m, err := p.open(ctx, p.globals)
	if err != nil {
		return err
	}
	return errors.Join(do(m), m.Close())
}

// keeping runs a command that orders something: while it works this process is the keeper, if no other is,
// and if there is still something to keep afterwards it leaves one behind.
func (p *program) keeping(ctx context.Context, do func(context.Context, Machine) error) error {
	return p.with(ctx, func(m Machine) error {
		run, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			m.Run(run)
		}()
		err := do(ctx, m)
		stop()
		<-ended
		leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return errors.Join(err, m.LeaveKeeper(leave))
	})
}

// exactly is cobra's ExactArgs in words that name what is missing.
func exactly(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return fmt.Errorf("%w: %s: %s is missing: %s", errUsage, c.Name(), names[len(args)], c.UseLine())
		case len(args) > len(names):
			return fmt.Errorf("%w: %s: %q is one word too many: %s", errUsage, c.Name(), args[len(names)], c.UseLine())
		}
		return nil
	}
}

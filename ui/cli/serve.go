package cli

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"berth/model"
)

func serveCommand(p *program) *cobra.Command {
	var untilIdle bool
	c := &cobra.Command{
		Use: "serve", Short: "keep the machine: fulfil what is ordered, start what waits, until told to end", Args: exactly(),
		Long: "serve is the machine's keeper, without a screen: it fulfils what is ordered, starts what waits for GPUs, brings\n" +
			"back what an outage ended, and serves the API. A screen or command that keeps the machine hands over to it. It logs\n" +
			"to the journal where it is a service, else to standard error.",
		RunE: func(c *cobra.Command, _ []string) error {
			p.globals.Verbose = !untilIdle
			return p.with(c.Context(), func(m Backend) error {
				if !untilIdle {
					return m.Serve(c.Context())
				}
				ctx, stop := context.WithCancel(c.Context())
				defer stop()
				go stopWhenIdle(ctx, m, stop)
				return m.Run(ctx)
			})
		},
	}
	c.Flags().BoolVar(&untilIdle, "until-idle", false, "end when nothing runs and nothing is under way")
	return c
}

// A server is the part of Backend for the machine's service.
type server interface {
	// Serve is like Run, for the machine's service: another process that is the keeper hands over to it.
	Serve(ctx context.Context) error
	// Newest is the newest fleet known, for whoever isn't in a hurry: the machine's sensors aren't read more often for
	// it.
	Newest() (model.Fleet, bool)
}

// stopWhenIdle ends a keeper that a screen or command left behind, once there has been nothing to do for
// a while, or another process is the keeper. It checks seldom: nobody is in a hurry for it to go.
func stopWhenIdle(ctx context.Context, m server, stop func()) {
	const every, patience = 5 * time.Second, 30 * time.Second
	idle := time.Duration(0)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for idle < patience {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		fleet, _ := m.Newest()
		idle += every
		others := fleet.Keeper.PID > 0 && !fleet.Keeper.Here // another keeper will itself leave one running if needed
		if fleet.At.IsZero() || !others && (fleet.NeedsKeeper() || !fleet.Engine.OK) {
			idle = 0
		}
	}
	stop()
}

func versionCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "version", Short: "print the version", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if p.json {
				return p.printJSON(c.OutOrStdout(), struct {
					Version string `json:"version"`
					Commit  string `json:"commit"`
					Go      string `json:"go"`
					Schema  int    `json:"schema"`
				}{p.Version, p.Commit, runtime.Version(), p.Schema})
			}
			return printVersion(c, p)
		},
	})
}

func printVersion(c *cobra.Command, p *program) error {
	_, err := fmt.Fprintln(c.OutOrStdout(), "berth", p.Version)
	return err
}

package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/model/relay"
	"berth/model/wire"
	"berth/ui/terminal"
)

func fleetCommand(p *program) *cobra.Command {
	var follow bool
	c := &cobra.Command{
		Use: "fleet", Short: "print all that the screen shows, as one line of JSON", Args: exactly(),
		Long: "fleet prints what the screen is fed with: the machine, its GPUs and instances, its rules and who waits, on one line of\n" +
			"JSON. With --follow it goes on, with a whole line at each change, until whoever reads it goes away. What of other\n" +
			"users' instances is secret is left out, as on the screen.\n\n" +
			"The line is for the berth of another machine. It has a version, schema, and its fields may change with that. For\n" +
			"scripts there are `berth ls --json` and `berth gpus --json`, whose fields stay.",
		Example: "  ssh gpubox berth fleet --follow",
		RunE: func(c *cobra.Command, _ []string) error {
			if follow {
				return p.asKeeper(c.Context(), func(ctx context.Context, m Backend) error { return followFleet(ctx, p, c, m) })
			}
			return p.with(c.Context(), func(m Backend) error {
				write, err := fleetWriter(c.Context(), p, m)
				if err != nil {
					return err
				}
				f, err := m.Fleet(c.Context())
				if err != nil {
					return err
				}
				return write(c.OutOrStdout(), f)
			})
		},
	}
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on, a line at each change")
	return c
}

// fleetWriter returns a function that writes a fleet as a line, as this user may see it.
func fleetWriter(ctx context.Context, p *program, m Backend) (func(io.Writer, model.Fleet) error, error) {
	account, err := m.Account(ctx)
	if err != nil {
		return nil, err
	}
	account.Owner = m.Screen().User
	return func(out io.Writer, f model.Fleet) error {
		text, err := relay.Write(relay.Line{Berth: p.Version, Account: account, Fleet: f.For(account.Owner)})
		if err != nil {
			return err
		}
		p.printed = true
		_, err = out.Write(wire.Escape(text))
		return err
	}, nil
}

// followFleet writes a line for each fleet until the context ends or nobody reads them any more, which is no error.
func followFleet(ctx context.Context, p *program, c *cobra.Command, m Backend) error {
	write, err := fleetWriter(ctx, p, m)
	if err != nil {
		return err
	}
	broken := make(chan os.Signal, 1) // while somebody waits for it, writing into a closed pipe is an error and no death
	signal.Notify(broken, syscall.SIGPIPE)
	defer signal.Stop(broken)
	reading, stop := context.WithCancel(ctx)
	defer stop()
	if f, is := raw(c.OutOrStdout()).(*os.File); is { // a closed pipe is noticed also while nothing changes
		ignore, err := terminal.HangUp(f, stop)
		if err != nil {
			return err
		}
		defer ignore()
	}
	fleets, written := make(chan model.Fleet), make(chan error, 1)
	go func() { // a reader that stops reading blocks it; the process ends all the same
		for f := range fleets {
			if err := write(c.OutOrStdout(), f); err != nil {
				written <- err
				return
			}
		}
	}()
	defer close(fleets)
	for f := range receive(reading, m.Watch(reading)) {
		if reading.Err() != nil { // the feed has ended with it, and has no fleet any more
			break
		}
		select {
		case fleets <- f:
		case <-reading.Done():
		case err := <-written:
			if errors.Is(err, syscall.EPIPE) {
				return nil
			}
			return err
		}
	}
	return ctx.Err()
}

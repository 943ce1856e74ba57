package cli

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/ui/output"
)

// This file has logs and exec, which read and run commands inside an instance.

func logsCommand(p *program) *cobra.Command {
	var r model.LogRequest
	c := &cobra.Command{
		Use: "logs INSTANCE", Short: "print an instance's output", Args: exactly("INSTANCE"), ValidArgsFunction: p.completeInstances,
		Example: "  berth logs C.1001 --follow --tail 100\n  berth logs C.1001 --onstart",
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			show := func(m output.Source) error {
				log, err := m.Logs(c.Context(), id, r)
				if err != nil {
					return err
				}
				err = printLog(c, log, r.Timestamps)
				return errors.Join(err, log.Close())
			}
			if p.globals.Cluster {
				return withCluster(p, func(k Cluster) error { return show(k) })
			}
			return p.with(c.Context(), func(m Backend) error { return show(m) })
		},
	}
	c.Flags().BoolVarP(&r.Follow, "follow", "f", false, "go on as it writes")
	c.Flags().VarP((*count)(&r.Tail), "tail", "n", "only the last `lines` (0 or all: all)")
	c.Flags().BoolVarP(&r.Timestamps, "timestamps", "t", false, "with the time of each line")
	c.Flags().BoolVar(&r.OnStart, "onstart", false, "the on-start script's log instead")
	return c
}

func execCommand(p *program) *cobra.Command {
	var tty, stdin bool
	c := &cobra.Command{
		Use: "exec [-it] INSTANCE [--] COMMAND [ARG ...]", Short: "run a command in an instance; its exit code is ours",
		Example: "  berth exec -it C.1001 bash\n  berth exec C.1001 -- nvidia-smi\n  tar c data | berth exec C.1001 -- tar x -C /workspace",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 || len(args) == 2 && args[1] == "--" {
				return usagef("exec: want an instance and a command: %s", c.UseLine())
			}
			return nil
		},
		ValidArgsFunction: p.completeInstances,
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			command := args[1:]
			if command[0] == "--" { // flag parsing stops at the first word, so -- is still among the arguments
				command = command[1:]
			}
			if p.globals.Cluster {
				return withCluster(p, func(k Cluster) error { return p.run(c, k, id, command, tty) })
			}
			return p.with(c.Context(), func(m Backend) error { return p.run(c, m, id, command, tty) })
		},
	}
	c.Flags().BoolVarP(&stdin, "interactive", "i", false, "pass standard input on (which is done anyway)")
	c.Flags().BoolVarP(&tty, "tty", "t", false, "on a terminal (by itself when ours is one)")
	c.Flags().SetInterspersed(false)
	return c
}

// errQuiet is the error of a command inside an instance: the command has printed its own error already.
var errQuiet = errors.New("")

// streams is the part of Backend that runs commands inside an instance.
type streams interface {
	// Exec runs a command in an instance with the given streams and returns its exit code.
	Exec(ctx context.Context, id model.InstanceID, command []string, in io.Reader, out, errs io.Writer) (int, error)
	// Terminal is like Exec, but on a terminal, which is in raw mode while the command runs.
	Terminal(ctx context.Context, id model.InstanceID, command []string, in io.Reader, out io.Writer) (int, error)
}

func (p *program) run(c *cobra.Command, m streams, id model.InstanceID, command []string, tty bool) error {
	var code int
	var err error
	switch {
	case p.session != nil: // the session reads standard input itself
		code, err = m.Exec(c.Context(), id, command, nil, c.OutOrStdout(), c.ErrOrStderr())
	case tty || onTerminal():
		code, err = m.Terminal(c.Context(), id, command, os.Stdin, raw(c.OutOrStdout()))
	default:
		code, err = m.Exec(c.Context(), id, command, c.InOrStdin(), raw(c.OutOrStdout()), raw(c.ErrOrStderr()))
	}
	switch {
	case code == 0:
	case err == nil:
		err = exitError{errQuiet, code}
	default: // the command couldn't be started
		err = exitError{err, code}
	}
	return err
}

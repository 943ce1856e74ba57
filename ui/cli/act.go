package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"berth/model"
)

// actions are the commands that order one thing of one instance, and when each is fulfilled.
var actions = []struct {
	action    model.Action
	short     string
	fulfilled func(i model.Instance, there bool) bool
}{
	{model.ActionStart, "start a stopped instance, or have it wait for GPUs", func(i model.Instance, there bool) bool { return !there || i.Phase == model.PhaseRunning }},
	{model.ActionStop, "stop an instance: it keeps files, ports and disk, and releases its GPUs", func(i model.Instance, there bool) bool { return !there || i.Phase == model.PhaseStopped }},
	{model.ActionReboot, "stop and start an instance without giving its GPUs away", func(i model.Instance, there bool) bool { return !there || i.Phase == model.PhaseRunning }},
	{model.ActionRecycle, "make an instance anew from a freshly pulled image: its files are lost", func(i model.Instance, there bool) bool { return !there || i.Phase == model.PhaseRunning }},
	{model.ActionDestroy, "destroy an instance and everything of it", func(_ model.Instance, there bool) bool { return !there }},
}

func (p *program) acts() []*cobra.Command {
	var out []*cobra.Command
	for _, a := range actions {
		var wait bool
		c := &cobra.Command{
			Use: string(a.action) + " INSTANCE", Short: a.short, Args: exactly("INSTANCE"),
			RunE: func(c *cobra.Command, args []string) error {
				id, err := parseID(args[0])
				if err != nil {
					return err
				}
				return p.keeping(c.Context(), func(ctx context.Context, m Machine) error {
					if err := m.Act(ctx, id, a.action); err != nil || !wait {
						return err
					}
					return until(ctx, m, id, a.fulfilled)
				})
			},
		}
		// Stopping and destroying are over in seconds and people expect them done; a start may wait for days.
		c.Flags().BoolVar(&wait, "wait", a.action == model.ActionStop || a.action == model.ActionDestroy, "return when it is done, not when it is ordered")
		out = append(out, c)
	}
	return out
}

// until waits until an action is fulfilled or can't be.
func until(ctx context.Context, m Machine, id model.InstanceID, fulfilled func(model.Instance, bool) bool) error {
	return await(ctx, m, id, func(i model.Instance, there bool) (bool, error) {
		switch {
		case fulfilled(i, there):
			return true, nil
		case there && i.Phase.Settled() && i.Intent == model.WantRunning:
			return true, fmt.Errorf("%s %s: %s", id, i.Phase, i.Message)
		}
		return false, nil
	})
}

func (p *program) label() *cobra.Command {
	return &cobra.Command{
		Use: "label INSTANCE LABEL", Short: "change an instance's display name", Args: exactly("INSTANCE", "LABEL"),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			return p.with(c.Context(), func(m Machine) error { return m.Relabel(c.Context(), id, args[1]) })
		},
	}
}

func (p *program) logs() *cobra.Command {
	var r model.LogRequest
	c := &cobra.Command{
		Use: "logs INSTANCE", Short: "print an instance's output", Args: exactly("INSTANCE"),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			return p.with(c.Context(), func(m Machine) error {
				log, err := m.Logs(c.Context(), id, r)
				if err != nil {
					return err
				}
				_, err = io.Copy(c.OutOrStdout(), log)
				return errors.Join(err, log.Close())
			})
		},
	}
	c.Flags().BoolVar(&r.Follow, "follow", false, "go on as it writes")
	c.Flags().IntVar(&r.Tail, "tail", 0, "only the last lines (0: all)")
	c.Flags().BoolVar(&r.Timestamps, "timestamps", false, "with the time of each line")
	c.Flags().BoolVar(&r.OnStart, "onstart", false, "the on-start script's log instead")
	return c
}

func (p *program) exec() *cobra.Command {
	var tty bool
	c := &cobra.Command{
		Use: "exec INSTANCE -- COMMAND [ARG ...]", Short: "run a command in an instance; its exit code is ours",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 || len(args) == 2 && args[1] == "--" {
				return fmt.Errorf("%w: exec: want an instance and a command: %s", errUsage, c.UseLine())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			command := args[1:]
			if command[0] == "--" { // flags end at the first word, so this one comes through
				command = command[1:]
			}
			return p.with(c.Context(), func(m Machine) error { return run(c, m, id, command, tty) })
		},
	}
	c.Flags().BoolVarP(&tty, "tty", "t", false, "on a terminal (by itself when ours is one)")
	c.Flags().SetInterspersed(false)
	return c
}

func run(c *cobra.Command, m Machine, id model.InstanceID, command []string, tty bool) error {
	var code int
	var err error
	if tty || term.IsTerminal(os.Stdin.Fd()) && term.IsTerminal(os.Stdout.Fd()) {
		code, err = m.Terminal(c.Context(), id, command, os.Stdin, os.Stdout)
	} else {
		code, err = m.Exec(c.Context(), id, command, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
	}
	if err == nil && code != 0 {
		err = exit{code}
	}
	return err
}

func (p *program) templates() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "templates", Short: "list the templates", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), func(m Machine) error {
				templates, broken := m.Templates(c.Context())
				if p.json {
					return errors.Join(printJSON(c.OutOrStdout(), templates), broken)
				}
				t := newTable(c.OutOrStdout(), "NAME", "IMAGE", "MODE", "GPUS", "FROM", "DESCRIPTION")
				for _, tm := range templates {
					t.row(tm.Name, tm.Image, tm.Mode, tm.GPUs, tm.Source, tm.Description)
				}
				return errors.Join(t.flush(), broken)
			})
		},
	})
}

func (p *program) versionCommand() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "version", Short: "print the version", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if p.json {
				return printJSON(c.OutOrStdout(), map[string]string{"version": p.version})
			}
			_, err := fmt.Fprintln(c.OutOrStdout(), "berth", p.version)
			return err
		},
	})
}

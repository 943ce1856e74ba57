package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"berth/model"
)

func launchCommand(p *program) *cobra.Command {
	var f orderFlags
	var wait, dry bool
	c := p.jsonFlag(&cobra.Command{
		Use: "launch [-f FILE | --template NAME] [flags]", Short: "launch an instance", Args: launchWords,
		Long: "launch orders an instance: from a file, from a template, or from flags alone, which also change what file or\n" +
			"template say. It prints the instance's id, or with --json the instance.\n\n" +
			"GPUs that aren't free are refused with who holds them, since when and how idle they are. --queue waits for them in\n" +
			"order of asking; `berth stop` gives the place up.\n\n" +
			"With --wait it returns when the instance answers, or says why it doesn't. Interrupted meanwhile, it leaves the\n" +
			"launch to go on by itself.",
		Example: "  berth launch --template pytorch --gpus 2 --wait\n" +
			"  berth launch --image ubuntu:24.04 --mode ssh --share 0.1 -e A=1 -p 8081\n" +
			"  berth launch -t pytorch --gpus 2 --dry-run\n" +
			"  berth launch -f order.toml --wait --json",
	})
	f.add(c.Flags())
	c.Flags().BoolVar(&wait, "wait", false, "return when the instance answers, or say why it doesn't")
	c.Flags().BoolVar(&dry, "dry-run", false, "print what it would get, and launch nothing")
	// -h is the short form of --hostname, as in `docker create` and in the form's option text, so --help has none.
	c.Flags().Bool("help", false, "help for launch")
	completeOrder(p, c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if p.globals.Cluster {
			return withCluster(p, func(k Cluster) error { return f.launchOnCluster(p, c, k, wait, dry) })
		}
		if dry {
			return p.with(c.Context(), func(m Backend) error { return f.dryRun(p, c, m) })
		}
		if !wait {
			return p.ordering(c.Context(), func(m Backend) error {
				if err := checkFulfillable(c.Context(), m); err != nil {
					return fmt.Errorf("nothing was launched: %w", err)
				}
				i, err := f.launch(p, c, m)
				return printLaunched(p, c, m, i, err)
			})
		}
		return p.asKeeper(c.Context(), func(ctx context.Context, m Backend) error {
			if err := checkFulfillable(c.Context(), m); err != nil {
				return fmt.Errorf("nothing was launched: %w", err)
			}
			i, err := f.launch(p, c, m)
			if err == nil {
				err = waitReady(ctx, p, c, m, i.ID)
			}
			return printLaunched(p, c, m, i, err)
		})
	}
	return c
}

// launchWords returns an error for a bare word, which says which flags could be meant.
func launchWords(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("%s: %q is one word too many: a template is asked for by --template %[2]s, an image by --image %[2]s, "+
		"a file by -f %[2]s", c.Name(), args[0])
}

// printLaunched prints the result of a launch: the instance's id, or with --json the instance. The instance may have
// failed after the launch was accepted.
func printLaunched(p *program, c *cobra.Command, m Backend, i model.Instance, failed error) error {
	if i.ID == 0 { // the launch was refused
		return failed
	}
	if p.json {
		return printOrdered(p, c, m, i.ID, failed)
	}
	_, err := fmt.Fprintln(c.OutOrStdout(), i.ID)
	return errors.Join(failed, err)
}

// waitReady waits until an instance answers. Meanwhile it prints the progress to standard error.
func waitReady(ctx context.Context, p *program, c *cobra.Command, m Backend, id model.InstanceID) error {
	last := ""
	err := await(ctx, m, id, func(i model.Instance, there bool) (bool, error) {
		if there {
			if now := progress(i); now != last && !endsBadly(i.Phase) { // the final error says this phase
				last = now
				say(c, "%s %s", id, plain(now))
			}
		}
		switch {
		case !there:
			return true, gone(id)
		case i.Phase == model.PhaseRunning:
			return true, nil
		case endsBadly(i.Phase):
			return true, endedEarly(i)
		}
		return false, nil
	})
	if err == nil {
		err = stayedUp(ctx, m, id)
	}
	if errors.Is(err, context.Canceled) {
		return interrupted(p, id, "the launch")
	}
	return err
}

// endsBadly reports whether an instance that should run has reached a phase from which it won't start by itself.
func endsBadly(p model.Phase) bool { return p.Settled() && p != model.PhaseRunning }

// progress describes how far an instance is. A pull's percentage is rounded down to tens, so that only few lines are
// printed.
func progress(i model.Instance) string {
	if i.Phase != model.PhaseLoading {
		return i.Status() + ": " + i.Message
	}
	const step = 10
	done := int(i.Pull.Done().Or(0)) / step * step
	return fmt.Sprintf("%s: %s, %d%%", i.Phase.Word(), i.Message, done)
}

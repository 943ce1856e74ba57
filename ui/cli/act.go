package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/model/wire"
	"berth/ui/theme"
)

// An act is a command that orders one action for instances.
type act struct {
	action model.Action
	short  string
	long   string
	done   string // what to print when the action is done
	waits  bool   // the default of --wait
	// fulfilled reports whether the action is done.
	fulfilled func(i model.Instance, there bool) bool
}

// acts lists all such commands. A stop or destroy takes seconds, and users expect it to be done when the command ends.
// A start may have to wait for GPUs for days, so it doesn't wait by default.
var acts = []act{
	{
		action: model.ActionStart, done: "started", short: "start a stopped instance, or have it wait for GPUs",
		long: "start needs as many free GPUs of the instance's model as it had, not necessarily the same ones. While there\n" +
			"are none it waits in order of asking, and stop cancels that. Starting what runs does nothing.",
		fulfilled: runs,
	},
	{
		action: model.ActionStop, done: "stopped", short: "stop an instance: it keeps files, ports and disk, and releases its GPUs", waits: true,
		fulfilled: func(i model.Instance, there bool) bool { return !there || i.Phase == model.PhaseStopped },
	},
	{
		action: model.ActionReboot, done: "rebooted", short: "stop and start an instance without giving its GPUs away",
		fulfilled: runs,
	},
	{
		action: model.ActionRecycle, done: "recycled", short: "make an instance anew from a freshly pulled image: its files are lost",
		long:      "recycle pulls the image first, so that a failure leaves the old container. Id, ports, key and GPUs stay.",
		fulfilled: runs,
	},
	{
		action: model.ActionDestroy, done: "destroyed", short: "destroy an instance and everything of it, at once and for ever", waits: true,
		fulfilled: func(_ model.Instance, there bool) bool { return !there },
	},
}

func runs(i model.Instance, _ bool) bool { return i.Phase == model.PhaseRunning }

func (p *program) acts() []*cobra.Command {
	var out []*cobra.Command
	for _, a := range acts {
		out = append(out, actCommand(p, a))
	}
	return out
}

func actCommand(p *program, a act) *cobra.Command {
	e := actRun{program: p, act: a}
	var newPorts bool
	c := p.jsonFlag(&cobra.Command{
		Use: string(a.action) + " INSTANCE...", Short: a.short, Long: a.long,
		Args: atLeastOne("INSTANCE"), ValidArgsFunction: p.completeManyInstances,
		RunE: func(c *cobra.Command, args []string) error {
			ids, err := parseIDs(args)
			if err != nil {
				return err
			}
			e := e
			e.c, e.ids = c, ids
			if newPorts {
				e.action = model.ActionNewPorts
			}
			if p.globals.Cluster {
				return withCluster(p, func(k Cluster) error { return e.orderCluster(c, k) })
			}
			return e.run(c.Context())
		},
	})
	yesFlag(c.Flags(), &e.yes)
	c.Flags().BoolVar(&e.wait, "wait", a.waits, "return when it is done, not when it is ordered")
	if a.action == model.ActionStart {
		c.Flags().BoolVar(&newPorts, "new-ports", false, "on other ports than before: where somebody has one of its own, files stay")
	}
	return c
}

// An actRun is one call of such a command.
type actRun struct {
	*program
	act
	c         *cobra.Command
	ids       []model.InstanceID
	yes, wait bool
}

func (e actRun) asker() asker { return asker{e.program, e.c} }

func (e actRun) run(ctx context.Context) error {
	if err := e.asker().needsYes(e.action, e.yes); err != nil {
		return err
	}
	if e.wait {
		return e.asKeeper(ctx, e.do)
	}
	return e.ordering(ctx, func(m Backend) error { return e.do(ctx, m) })
}

// do asks for confirmation, gives the orders, and reports on each instance. It gives all orders before it waits for the
// first instance.
func (e actRun) do(ctx context.Context, m Backend) error {
	if err := checkFulfillable(ctx, m); err != nil {
		return fmt.Errorf("nothing was done: %w", err)
	}
	before, err := m.Instances(ctx)
	if err == nil && !e.yes {
		err = e.asker().consent(m, e.action, before, e.ids)
	}
	if err != nil {
		return err
	}
	refused := map[model.InstanceID]error{}
	for _, id := range e.ids {
		refused[id] = m.Act(ctx, id, e.action)
	}
	return each(e.ids, func(id model.InstanceID) error {
		failed, did := refused[id], string(e.action)+" ordered"
		i, there := model.Fleet{Instances: before}.Instance(id)
		if failed == nil && e.wait {
			failed, did = e.fulfil(ctx, m, id, i.Container), e.done
		}
		if there && failed == nil {
			say(e.c, "%s: %s", theme.Text(model.Called(i)), did)
		}
		return printOrdered(e.program, e.c, m, id, failed)
	})
}

// each calls do for every instance, also after an error, and joins the errors.
func each(ids []model.InstanceID, do func(model.InstanceID) error) error {
	var failed []error
	for _, id := range ids {
		failed = append(failed, do(id))
	}
	return errors.Join(failed...)
}

// fulfil waits until the action is done or can no longer be. container is the one that the instance had before.
func (e actRun) fulfil(ctx context.Context, m Backend, id model.InstanceID, container string) error {
	err := await(ctx, m, id, func(i model.Instance, there bool) (bool, error) {
		switch {
		case e.action == model.ActionRecycle && runs(i, there) && i.Container != "" && i.Container == container:
			return true, fmt.Errorf("%s: %s", i.ID, i.Message)
		case e.fulfilled(i, there):
			if i.NoJupyter() != "" {
				say(e.c, "%s", plain(deviation(i)))
			}
			return true, nil
		case !there:
			return true, gone(id)
		case i.Phase.Settled(): // it stays in this phase until the next order
			return true, endedEarly(i)
		}
		return false, nil
	})
	if err == nil {
		err = stayedUp(ctx, m, id)
	}
	if errors.Is(err, context.Canceled) {
		return interrupted(e.program, id, string(e.action))
	}
	return err
}

// endedEarly returns the error for an instance that reached a final phase before the action was done.
func endedEarly(i model.Instance) error { return fmt.Errorf("%s %s: %s", i.ID, i.Phase, i.Message) }

// gone returns the error for an instance that was destroyed while the command waited for it.
func gone(id model.InstanceID) error {
	return fmt.Errorf("%s: %w any more: it was destroyed meanwhile", id, model.ErrNoInstance)
}

// printOrdered prints the instance if --json is given: null if it is gone. It returns failed joined with its own error.
func printOrdered(p *program, c *cobra.Command, m Backend, id model.InstanceID, failed error) error {
	if !p.json || failed != nil && !orderAccepted(p, failed) {
		return failed
	}
	ctx := context.WithoutCancel(c.Context())
	f, err := m.Fleet(ctx)
	if err != nil {
		return errors.Join(failed, err)
	}
	f = f.For(m.Screen().User)
	i, there := f.Instance(id)
	if !there {
		return errors.Join(failed, p.printJSON(c.OutOrStdout(), nil))
	}
	return errors.Join(failed, p.printJSON(c.OutOrStdout(), wire.OfInstance(f, i)))
}

// orderAccepted reports whether an order was accepted and failed later, so that there is an instance to print.
func orderAccepted(p *program, err error) bool {
	code := p.code(err)
	return code == ExitFailed || code == ExitInterrupted
}

// A labeller changes display names.
type labeller interface {
	Relabel(ctx context.Context, id model.InstanceID, label string) error
}

func relabel(c *cobra.Command, m labeller, id model.InstanceID, label string) error {
	err := m.Relabel(c.Context(), id, label)
	switch {
	case err == nil && label == "":
		say(c, "%s has no label any more", id)
	case err == nil:
		say(c, "%s is now called %s", id, theme.Text(label))
	}
	return err
}

func labelCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "label INSTANCE LABEL", Short: "change an instance's display name; an empty one takes it away",
		Args: exactly("INSTANCE", "LABEL"), ValidArgsFunction: p.completeInstances,
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			if p.globals.Cluster {
				return withCluster(p, func(k Cluster) error {
					return errors.Join(relabel(c, k, id, args[1]), printOnCluster(c, p, k, id))
				})
			}
			return p.with(c.Context(), func(m Backend) error { return printOrdered(p, c, m, id, relabel(c, m, id, args[1])) })
		},
	})
}

// parseIDs parses all ids before anything is ordered, so that a typing error in the last id orders nothing. A repeated
// id counts once.
func parseIDs(names []string) ([]model.InstanceID, error) {
	var ids []model.InstanceID
	var faults []error
	for _, name := range names {
		id, err := parseID(name)
		if err != nil {
			faults = append(faults, err)
		} else if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, errors.Join(faults...)
}

func parseID(name string) (model.InstanceID, error) {
	id, err := model.ParseInstanceID(name)
	if err != nil {
		return 0, Misuse(err)
	}
	return id, nil
}

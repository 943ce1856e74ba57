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

// An act is a command that orders one thing of instances.
type act struct {
	action model.Action
	short  string
	long   string
	done   string // what has been done then
	waits  bool   // unless told otherwise
	// fulfilled says when it is done.
	fulfilled func(i model.Instance, there bool) bool
}

// acts are all of them. Stopping and destroying are over in seconds and people expect them done; a start may
// wait for days.
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
	e := errand{program: p, act: a}
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

// An errand is one call of such a command.
type errand struct {
	*program
	act
	c         *cobra.Command
	ids       []model.InstanceID
	yes, wait bool
}

func (e errand) asker() asker { return asker{e.program, e.c} }

func (e errand) run(ctx context.Context) error {
	if err := e.asker().needsYes(e.action, e.yes); err != nil {
		return err
	}
	if e.wait {
		return e.asKeeper(ctx, e.do)
	}
	return e.ordering(ctx, func(m Backend) error { return e.do(ctx, m) })
}

// do gives the order once it is agreed to, and says of each instance what came of it. All are ordered before the first is
// waited for.
func (e errand) do(ctx context.Context, m Backend) error {
	if err := fulfillable(ctx, m); err != nil {
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
		if failed == nil && e.wait {
			failed, did = e.fulfil(ctx, m, id), e.done
		}
		if i, there := (model.Fleet{Instances: before}).Instance(id); there && failed == nil {
			say(e.c, "%s: %s", theme.Text(model.Called(i)), did)
		}
		return ordered(e.program, e.c, m, id, failed)
	})
}

// each does something to every instance, whatever came of the others.
func each(ids []model.InstanceID, do func(model.InstanceID) error) error {
	var failed []error
	for _, id := range ids {
		failed = append(failed, do(id))
	}
	return errors.Join(failed...)
}

// fulfil waits until what was ordered is done or can't be.
func (e errand) fulfil(ctx context.Context, m Backend, id model.InstanceID) error {
	err := await(ctx, m, id, func(i model.Instance, there bool) (bool, error) {
		switch {
		case e.fulfilled(i, there):
			if i.NoJupyter() != "" {
				say(e.c, "%s", plain(amiss(i)))
			}
			return true, nil
		case !there:
			return true, gone(id)
		case i.Phase.Settled(): // whatever was wanted, it won't come by itself
			return true, endedEarly(i)
		}
		return false, nil
	})
	if errors.Is(err, context.Canceled) {
		return interrupted(e.program, id, string(e.action))
	}
	return err
}

// endedEarly says that an instance came to rest which should have gone on.
func endedEarly(i model.Instance) error { return fmt.Errorf("%s %s: %s", i.ID, i.Phase, i.Message) }

// gone says that somebody destroyed what was waited for.
func gone(id model.InstanceID) error {
	return fmt.Errorf("%s: %w any more: it was destroyed meanwhile", id, model.ErrNoInstance)
}

// ordered prints, where JSON is asked for, what became of an instance: null when it is gone.
func ordered(p *program, c *cobra.Command, m Backend, id model.InstanceID, failed error) error {
	if !p.json || failed != nil && !tried(p, failed) {
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

// tried reports whether an order was accepted and failed later, so that there is an instance to show.
func tried(p *program, err error) bool {
	code := p.code(err)
	return code == ExitFailed || code == ExitInterrupted
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
			return p.with(c.Context(), func(m Backend) error {
				err := m.Relabel(c.Context(), id, args[1])
				switch {
				case err == nil && args[1] == "":
					say(c, "%s has no label any more", id)
				case err == nil:
					say(c, "%s is now called %s", id, args[1])
				}
				return ordered(p, c, m, id, err)
			})
		},
	})
}

// parseIDs reads all of them before anything is ordered: a slip in the last orders nothing of the first. One that is
// named twice counts once.
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

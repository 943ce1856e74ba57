package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"berth/model"
	"berth/ui/theme"
)

// What the screen asks before it does something, the command line asks too, by the same guards: on a terminal, unless
// --yes says it beforehand. Where nobody can be asked, what loses an instance's files needs --yes.

// An asker asks whoever runs a command, if somebody can be asked.
type asker struct {
	p *program
	c *cobra.Command
}

// yesFlag is the flag that answers a guard beforehand.
func yesFlag(f *pflag.FlagSet, yes *bool) {
	f.BoolVarP(yes, "yes", "y", false, "don't ask: yes, do it")
}

// somebody reports whether there is somebody to ask: who types in a session, or sits at a terminal.
func (a asker) somebody() bool {
	in, is := a.c.InOrStdin().(interface{ Fd() uintptr })
	return a.p.session != nil || is && term.IsTerminal(in.Fd()) && isTerminal(a.c.ErrOrStderr())
}

// needsYes refuses what loses files where nobody can be asked and nobody said yes. Nothing has been tried then.
func (a asker) needsYes(does model.Action, yes bool) error {
	if yes || !does.LosesFiles() || a.somebody() {
		return nil
	}
	return usagef("%s: files would be lost for ever, and there is no terminal to ask at: `%s --yes` does it without asking",
		does, a.c.CommandPath())
}

// consent asks before an action, as the screen does, and returns an error unless it is agreed to. What the action isn't
// possible for isn't asked about: the order says why.
func (a asker) consent(m Backend, does model.Action, known []model.Instance, ids []model.InstanceID) error {
	me := m.Screen().User
	if !a.somebody() || !does.AsksInWords(able(known, does, ids), me) {
		return nil
	}
	f, err := m.Fleet(a.c.Context()) // how much they use stands in no ledger
	if err != nil {
		return err
	}
	targets := able(f.For(me).Instances, does, ids)
	if len(targets) == 0 {
		return nil
	}
	return a.agreed(model.GuardOf(does, targets, me, time.Now()))
}

// able are the instances that are named and that an action is possible for.
func able(all []model.Instance, does model.Action, ids []model.InstanceID) []model.Instance {
	return slices.DeleteFunc(slices.Clone(all), func(i model.Instance) bool {
		return !slices.Contains(ids, i.ID) || i.Can(does) != nil
	})
}

// unless asks what a guard wants to know, unless somebody said yes or nobody can be asked.
func (a asker) unless(yes bool, g model.Guard) error {
	if yes || !a.somebody() {
		return nil
	}
	return a.agreed(g)
}

// agreed asks what a guard wants to know; any other answer than its yes is an error.
func (a asker) agreed(g model.Guard) error {
	say(a.c, "%s", theme.Text(g.Title))
	say(a.c, "%s", theme.Text(g.Text()))
	prompt := fmt.Sprintf("Type %s to go on: ", g.Word)
	if g.Word == "" {
		prompt = "Go on? yes or no: "
	}
	answer, err := a.p.ask(a.c.Context(), a.c, prompt)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case g.Agrees(answer):
		return nil
	case g.Word != "" && answer != "":
		return coded{fmt.Errorf("nothing was done: that isn't %s", g.Word), ExitFailed}
	}
	return coded{errors.New("nothing was done"), ExitFailed}
}

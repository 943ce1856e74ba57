package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"berth/model"
	"berth/ui/theme"
)

// The command line asks for the same confirmations as the screen, by the same guards: on a terminal, unless --yes was
// given. If nobody can be asked, an action that loses an instance's files needs --yes.

// An asker asks the user who runs a command, if a user can be asked.
type asker struct {
	p *program
	c *cobra.Command
}

// yesFlag adds --yes, which answers a guard in advance.
func yesFlag(f *pflag.FlagSet, yes *bool) {
	f.BoolVarP(yes, "yes", "y", false, "don't ask: yes, do it")
}

// canAsk reports whether a user can be asked: in an accessible session, or at a terminal.
func (a asker) canAsk() bool {
	in, is := a.c.InOrStdin().(interface{ Fd() uintptr })
	return a.p.session != nil || is && term.IsTerminal(in.Fd()) && isTerminal(a.c.ErrOrStderr())
}

// needsYes returns a usage error if an action loses files, nobody can be asked, and --yes wasn't given. Nothing has
// been tried then.
func (a asker) needsYes(does model.Action, yes bool) error {
	if yes || !does.LosesFiles() || a.canAsk() {
		return nil
	}
	path := a.c.CommandPath()
	return usagef("%s: files would be lost for ever, and there is no terminal to ask at: `%s --yes` does it without asking",
		strings.TrimPrefix(path, a.c.Root().Name()+" "), path)
}

// consent asks before an action, as the screen does. It returns an error unless the user agrees. It doesn't ask about
// instances for which the action isn't possible: the order's own error says why.
func (a asker) consent(m Backend, does model.Action, known []model.Instance, ids []model.InstanceID) error {
	me := m.Screen().User
	if !a.canAsk() || !does.AsksInWords(able(known, does, ids), me) {
		return nil
	}
	f, err := m.Fleet(a.c.Context()) // the ledger doesn't contain the disk use that the question shows
	if err != nil {
		return err
	}
	targets := able(f.For(me).Instances, does, ids)
	if len(targets) == 0 {
		return nil
	}
	return a.agreed(model.GuardOf(does, targets, me, time.Now()))
}

// able returns the named instances for which an action is possible.
func able(all []model.Instance, does model.Action, ids []model.InstanceID) []model.Instance {
	return slices.DeleteFunc(slices.Clone(all), func(i model.Instance) bool {
		return !slices.Contains(ids, i.ID) || i.Can(does) != nil
	})
}

// unless asks a guard's question. It doesn't ask if --yes was given or if nobody can be asked.
func (a asker) unless(yes bool, g model.Guard) error {
	if yes || !a.canAsk() {
		return nil
	}
	return a.agreed(g)
}

// agreed asks a guard's question. Any answer other than yes is an error.
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
		return exitError{fmt.Errorf("nothing was done: that isn't %s", g.Word), ExitFailed}
	}
	return exitError{errors.New("nothing was done"), ExitFailed}
}

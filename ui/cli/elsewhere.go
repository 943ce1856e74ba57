package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"berth/model"
)

// This file has what --on does to a command: it runs on other machines, by their own berths. With one machine named, its
// berth is given the command as it was typed. With several, an instance's name says which one is meant (box2/C.14), `ls`
// and `gpus` list all of them (elsewhere_list.go), and `launch` goes to one (elsewhere_launch.go).

// Machines are other machines, each with a berth of its own.
type Machines interface {
	Names() []string
	// Look asks all of them at once what they have. One that doesn't answer is away.
	Look(ctx context.Context) []model.Machine
	// Run runs a command of the berth on a machine and returns its exit code. An error means that the machine wasn't
	// reached. With terminal the command has one, as standard input's.
	Run(ctx context.Context, name string, words []string, in io.Reader, out, errs io.Writer, terminal bool) (int, error)
	// Follow returns what they have again whenever one of them says something else, until the context ends.
	Follow(ctx context.Context) <-chan []model.Machine
	// Takes asks a machine by a dry run whether it takes an order; the error is why it doesn't.
	Takes(ctx context.Context, name string, words []string, file []byte) (int, error)
	// Crashed returns a context that ends when a goroutine of theirs has panicked; its cause is the panic.
	Crashed() context.Context
	Close() error
}

// A machinesFlag is the flag --on. It counts how often it was given.
type machinesFlag struct {
	names []string
	given int
}

func (f *machinesFlag) Set(text string) error {
	f.names = strings.Split(text, ",")
	f.given++
	for _, name := range f.names {
		if model.MachineName(name) != "" {
			return errNotOffered
		}
	}
	return nil
}

func (f *machinesFlag) String() string { return strings.Join(f.names, ",") }
func (f *machinesFlag) Type() string   { return "machines" }
func (f *machinesFlag) wanted() string { return "names with commas between, such as box1,box2" }

// How a command is shared out among several machines.
type sharing int

const (
	ofOne    sharing = iota // it is about one machine, which has to be named
	byName                  // its first word names an instance
	byNames                 // all its words do
	listsAll                // it lists what all of them have
	between                 // its words are places, on one of them
	anywhere                // one of them is chosen
)

// sharedOut says of commands how they are shared out; the others are ofOne.
var sharedOut = map[string]sharing{
	"ls": listsAll, "gpus": listsAll, "gpus list": listsAll, "top": listsAll, "launch": anywhere, "cp": between,
	"start": byNames, "stop": byNames, "reboot": byNames, "recycle": byNames, "destroy": byNames,
	"label": byName, "extend": byName, "logs": byName, "exec": byName, "ssh": byName, "show": byName, "ports": byName, "connect": byName,
	"snapshot": byName,
}

// elsewhere makes the commands below c run on other machines if --on names some.
func elsewhere(p *program, c *cobra.Command) {
	for _, below := range c.Commands() {
		elsewhere(p, below)
	}
	here := c.RunE
	if here == nil {
		return
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(p.on.names) == 0 {
			return here(c, args)
		}
		away, err := newAway(p, c, args)
		if err != nil {
			return err
		}
		return errors.Join(away.run(here), away.crash(), away.Close())
	}
}

// crash returns the panic of a goroutine of the machines', which has ended the command.
func (a *away) crash() error { return context.Cause(a.Crashed()) }

// An away is one call of a command that --on sends to other machines.
type away struct {
	Machines
	p     *program
	c     *cobra.Command
	args  []string
	words []string // the command line, without --on
}

func newAway(p *program, c *cobra.Command, args []string) (*away, error) {
	for _, flag := range []string{"home", "config", "simulate", "demo"} {
		if c.Flag(flag).Changed {
			return nil, usagef("--%s and --on: the one is about this machine, the other about others", flag)
		}
	}
	if p.Machines == nil {
		return nil, usagef("--on: not here")
	}
	machines, err := p.Machines(p.on.names, p.globals)
	if err != nil {
		return nil, Misuse(err)
	}
	a := &away{Machines: machines, p: p, c: c, args: args, words: p.words}
	if c.Flag("on").Changed { // else an environment variable said it
		a.words = withoutOn(p.words, p.on.given)
	}
	return a, nil
}

// withoutOn takes --on out of a command line, as often as it was given. What else begins so is further back: the words
// of a command inside an instance.
func withoutOn(words []string, given int) []string {
	var rest []string
	for n := 0; n < len(words); n++ {
		switch {
		case given == 0 || words[n] != "--on" && !strings.HasPrefix(words[n], "--on="):
			rest = append(rest, words[n])
			continue
		case words[n] == "--on":
			n++
		}
		given--
	}
	return rest
}

// name returns the command's name: gpus list.
func (a *away) name() string {
	_, name, _ := strings.Cut(a.c.CommandPath(), " ")
	return name
}

// run shares the command out. here is the command itself, which knows how to list several machines.
func (a *away) run(here func(*cobra.Command, []string) error) error {
	names := a.Names()
	kind := sharedOut[a.name()]
	switch {
	case kind == anywhere:
		return a.launch()
	case len(names) == 1:
		return a.there(names[0], a.named(names[0]), a.reads())
	case kind == listsAll:
		a.p.away = a
		defer func() { a.p.away = nil }()
		return here(a.c, a.args)
	case kind == byName:
		machine, err := a.machineOf(a.args[0])
		if err != nil {
			return err
		}
		return a.there(machine, a.named(machine), a.reads())
	case kind == byNames:
		return a.share()
	case kind == between:
		return a.copy()
	case a.name() == "history" && len(a.args) == 1:
		machine, err := a.machineOf(a.args[0])
		if err != nil {
			return err
		}
		return a.there(machine, a.named(machine), false)
	case a.name() == "" && changed(a.c, "version"):
		return here(a.c, a.args)
	case a.name() == "" && !changed(a.c, "accessible"):
		return a.screen()
	case a.name() == "":
		return usagef("--accessible is about one machine: name it, `berth --on %s --accessible`", names[0])
	}
	return usagef("%s is about one machine: name it, `berth --on %s %[1]s`", a.name(), names[0])
}

// machineOf returns the machine that an instance's name names.
func (a *away) machineOf(name string) (string, error) {
	machine, rest := model.Unqualified(name)
	var could []string
	for _, m := range a.Names() {
		if m == machine {
			return m, nil
		}
		could = append(could, m+"/"+rest)
	}
	if machine == "" {
		return "", usagef("%s: on which machine? write %s", name, orList(could))
	}
	return "", usagef("%s: %s is none of the machines of --on: %s", name, machine, strings.Join(a.Names(), ", "))
}

// named returns the command line for one machine: its instances without its name, and none of other machines.
func (a *away) named(machine string) []string {
	about := slices.Clone(a.args)
	switch sharedOut[a.name()] {
	case byName:
		about = about[:1]
	case byNames:
	case between:
		about = slices.DeleteFunc(about, func(w string) bool { _, is := machineOfPlace(w); return !is })
	default:
		if a.name() != "history" {
			return a.words
		}
	}
	var words []string
	for _, w := range a.words {
		at, rest := slices.Index(about, w), w
		if at >= 0 {
			about = slices.Delete(about, at, at+1) // the same word behind it is something else, such as a label
			var of string
			if of, rest = model.Unqualified(w); of != "" && of != machine {
				continue
			}
		}
		words = append(words, rest)
	}
	return words
}

// reads reports whether the command reads standard input, which a client would take from whoever reads it next.
func (a *away) reads() bool {
	return a.inside() || a.name() == "" || slices.Contains(a.words, "-") || slices.Contains(a.words, "--password-stdin")
}

// inside reports whether the command runs another inside an instance, whose streams are passed on untouched.
func (a *away) inside() bool { return a.name() == "exec" || a.name() == "ssh" }

// there runs a command line on one machine, as if it were here.
func (a *away) there(machine string, words []string, reads bool) error {
	if sharedOut[a.name()] == byNames {
		agreed, err := a.agreed(machine)
		if err != nil {
			return err
		}
		words = append(words, agreed...)
	}
	var in io.Reader
	if reads {
		in = a.c.InOrStdin()
	}
	out, errs := a.c.OutOrStdout(), a.c.ErrOrStderr()
	terminal := false
	switch {
	case a.inside(), a.name() == "":
		terminal = (a.name() == "" || len(a.args) == 1 || changed(a.c, "tty") || a.name() == "exec") && onTerminal() && a.p.session == nil
		out, errs = raw(out), raw(errs)
	case a.name() == "logs":
		return a.log(machine, words)
	}
	code, err := a.Run(a.c.Context(), machine, words, in, out, errs, terminal)
	return ended(code, err)
}

func changed(c *cobra.Command, flag string) bool { return c.Flag(flag) != nil && c.Flag(flag).Changed }

// ended returns the error of a command that ended on another machine: it has said itself what was wrong.
func ended(code int, err error) error {
	switch {
	case err != nil:
		return err
	case code != ExitOK:
		return exitError{errQuiet, code}
	}
	return nil
}

// log prints an instance's output as if it were an instance of this machine.
func (a *away) log(machine string, words []string) error {
	from, to := io.Pipe()
	printed := make(chan error, 1)
	go func() {
		err := printLog(a.c, from, changed(a.c, "timestamps"))
		_ = from.CloseWithError(err) // a log that can't be printed isn't read any more
		printed <- err
	}()
	code, err := a.Run(a.c.Context(), machine, words, nil, to, a.c.ErrOrStderr(), false)
	_ = to.Close() // never fails
	return errors.Join(ended(code, err), <-printed)
}

// share gives each machine the orders for its own instances, to all at the same time. What they say is printed machine
// by machine.
func (a *away) share() error {
	of := map[string][]string{}
	for _, name := range a.args {
		machine, err := a.machineOf(name)
		if err != nil {
			return err
		}
		of[machine] = append(of[machine], name)
	}
	agreed := map[string][]string{}
	for _, machine := range a.Names() { // all is asked before anything is ordered
		if of[machine] == nil {
			continue
		}
		var err error
		if agreed[machine], err = a.agreed(machine); err != nil {
			return err
		}
	}
	var all sync.WaitGroup
	told := make([]said, len(a.Names()))
	for n, machine := range a.Names() {
		if of[machine] != nil {
			all.Go(func() {
				told[n].code, told[n].err = a.Run(a.c.Context(), machine, append(a.named(machine), agreed[machine]...), nil, &told[n].out, &told[n].errs, false)
			})
		}
	}
	all.Wait()
	var failed []error
	for n, machine := range a.Names() {
		failed = append(failed, told[n].print(a.c, machine))
	}
	return errors.Join(failed...)
}

// said is what a command on another machine has said.
type said struct {
	out, errs bounded
	code      int
	err       error
}

// A bounded buffer keeps what another machine says, up to mostSaid bytes.
type bounded struct{ bytes.Buffer }

const mostSaid = 8 << 20

var errTooMuch = errors.New("it says more than it may")

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > mostSaid {
		return 0, errTooMuch
	}
	return b.Buffer.Write(p)
}

// print prints it, with the machine's name before each line that isn't a result.
func (s *said) print(c *cobra.Command, machine string) error {
	for line := range strings.Lines(s.errs.String()) {
		line, ours := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "berth: ")
		if ours {
			line = "berth: " + machine + ": " + line
		} else {
			line = machine + ": " + line
		}
		say(c, "%s", line)
	}
	_, err := io.Copy(c.OutOrStdout(), &s.out.Buffer)
	return errors.Join(ended(s.code, s.err), err)
}

// agreed asks before an order for instances of another machine, as for those of this one, and returns the word by which
// the berth there knows. It asks nothing if nobody can be asked: then the berth there decides, which can't ask either.
func (a *away) agreed(machine string) ([]string, error) {
	asks := asker{a.p, a.c}
	if changed(a.c, "yes") || !asks.canAsk() {
		return nil, nil
	}
	var ids []model.InstanceID
	for _, name := range a.args {
		of, rest := model.Unqualified(name)
		if of != "" && of != machine {
			continue
		}
		id, err := parseID(rest)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	seen := a.Look(a.c.Context())
	m := seen[slices.IndexFunc(seen, func(m model.Machine) bool { return m.Name == machine })]
	if !m.Link.OK {
		return nil, errors.New(m.Link.Reason)
	}
	action := model.Action(a.name())
	if changed(a.c, "new-ports") {
		action = model.ActionNewPorts
	}
	me := m.Account.Owner
	for _, id := range ids {
		if _, there := m.Fleet.Instance(id); !there {
			return nil, fmt.Errorf("%s: %w", m.Qualified(id), model.ErrNoInstance)
		}
	}
	targets := able(m.Fleet.Instances, action, ids)
	if len(targets) == 0 || !action.AsksInWords(targets, me) {
		return nil, nil
	}
	say(a.c, "on %s:", machine)
	return []string{"--yes"}, asks.agreed(model.GuardOf(action, targets, me, m.Fleet.At))
}

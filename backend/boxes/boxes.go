// Package boxes reaches the berths of other machines through OpenSSH's client, as `ssh` reaches them: with its
// configuration, names, keys and jump hosts. To each machine there is one connection, which this process opens and
// closes, and everything goes through it.
//
// It keeps nothing: what a machine says is passed on, and what is ordered is a command of the berth there, whose ledger
// accepts or refuses it. What another machine says is a stranger's words; model/relay makes them harmless, and so does
// whoever prints a command's output. Begin reading with Open.
package boxes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"berth/backend/crash"
	"berth/model"
)

// A Place is how a machine is reached.
type Place struct {
	Name  string   // as the user calls it
	To    string   // what `ssh` is told: a name of its configuration, a host, or user@host
	Berth []string // the command there
}

// All is the name of all machines of the configuration.
const All = "all"

// Places finds the machines that words name: those of the configuration by their names, others as `ssh` knows them.
func Places(names []string, known map[string]string) ([]Place, error) {
	if slices.Equal(names, []string{All}) && known[All] == "" {
		names = names[:0:0]
		for name := range known {
			names = append(names, name)
		}
		slices.Sort(names)
	}
	if len(names) == 0 {
		return nil, errors.New("no machine is named, and the configuration has none in [machines]")
	}
	var places []Place
	for _, name := range names {
		if why := model.MachineName(name); why != "" {
			return nil, errors.New(why)
		}
		if slices.ContainsFunc(places, func(p Place) bool { return p.Name == name }) {
			return nil, fmt.Errorf("%s is named twice", name)
		}
		p := Place{Name: name, To: name, Berth: []string{"berth"}}
		if words := strings.Fields(known[name]); len(words) > 0 {
			p.To = words[0]
			if len(words) > 1 {
				p.Berth = words[1:]
			}
		}
		places = append(places, p)
	}
	return places, nil
}

// Boxes are the machines. Its methods may be called from any goroutine.
type Boxes struct {
	own    string // version of this program
	folder string // of the connections' sockets; nobody else may enter it
	all    []*box
	crashes
}

// crashes has the panic of a goroutine, if there was one.
type crashes struct {
	crashed context.Context
	halt    context.CancelCauseFunc
}

// Crashed returns a context that ends when one of the goroutines here has panicked. Its cause says so, a *crash.Crash.
func (c crashes) Crashed() context.Context { return c.crashed }

// guard wraps a goroutine's function, so that a panic in it is told to whoever owns the terminal.
func (c crashes) guard(do func()) func() { return crash.Guard(c.halt, do) }

// each does something about each machine, for all at the same time, and waits for the end of it.
func (b *Boxes) each(do func(n int, x *box)) {
	var all sync.WaitGroup
	for n, x := range b.all {
		all.Go(b.guard(func() { do(n, x) }))
	}
	all.Wait()
}

// Patience is how long is waited for a machine.
type Patience struct {
	Connect time.Duration // until a connection is there
	Silence time.Duration // of a connection that was cut without a word
	Look    time.Duration // until a machine has said what it has, the connection included
	Answer  time.Duration // until it has said whether it takes an order, or which templates it has
}

// Usual is the patience of people who wait for a list.
var Usual = Patience{Connect: 5 * time.Second, Silence: 3 * time.Second, Look: 10 * time.Second, Answer: 30 * time.Second}

// Open returns the machines at some places. It connects to none yet. own is this program's version.
func Open(places []Place, own string, patience Patience) (*Boxes, error) {
	folder, err := privateFolder()
	if err != nil {
		return nil, err
	}
	b := &Boxes{own: own, folder: folder}
	b.crashed, b.halt = context.WithCancelCause(context.Background())
	for n, p := range places {
		b.all = append(b.all, &box{Place: p, patience: patience, socket: fmt.Sprintf("%s/%d", folder, n), crashes: b.crashes})
	}
	return b, nil
}

// longestFolder leaves room in a socket's address for its name and for what ssh adds to it while it makes it.
const longestFolder = 80

// privateFolder makes a folder that only this user may enter.
func privateFolder() (string, error) {
	where := os.TempDir()
	if len(where) > longestFolder-len("/berth-ssh-0123456789") || strings.ContainsAny(where, "%$") { // ssh expands these
		where = "/tmp"
	}
	return os.MkdirTemp(where, "berth-ssh-")
}

// Close closes the connections.
func (b *Boxes) Close() error {
	for _, x := range b.all {
		x.disconnect()
	}
	b.halt(nil) // nobody waits any more
	return os.RemoveAll(b.folder)
}

// Names returns the machines' names.
func (b *Boxes) Names() []string {
	var names []string
	for _, x := range b.all {
		names = append(names, x.Name)
	}
	return names
}

// unheard returns the machines before their first word.
func (b *Boxes) unheard() []model.Machine {
	var all []model.Machine
	for _, x := range b.all {
		all = append(all, model.Machine{Name: x.Name})
	}
	return all
}

// Look asks every machine once what it has, all at the same time. A machine that doesn't answer is away, with the
// reason: it keeps nobody waiting for longer than that takes to be known.
func (b *Boxes) Look(ctx context.Context) []model.Machine {
	seen := make([]model.Machine, len(b.all))
	b.each(func(n int, x *box) { seen[n] = x.look(ctx, b.own) })
	return seen
}

// Run runs a command of the berth on a machine, and returns its exit code. With terminal it has one of its own there,
// as our standard input's. An error means that the machine wasn't reached, or isn't any more.
func (b *Boxes) Run(ctx context.Context, name string, words []string, in io.Reader, out, errs io.Writer, terminal bool) (int, error) {
	x, err := b.named(name)
	if err != nil {
		return 0, err
	}
	return x.run(ctx, words, in, out, errs, terminal)
}

// named returns the machine of a name.
func (b *Boxes) named(name string) (*box, error) {
	for _, x := range b.all {
		if x.Name == name {
			return x, nil
		}
	}
	return nil, fmt.Errorf("%s is none of %s", name, strings.Join(b.Names(), ", "))
}

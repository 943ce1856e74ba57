// Package cli is the command line: the screen's twin for scripts. Every command says in its first line what
// it does, prints a table for people or, with --json, the objects that clients of the reference platform know,
// and ends with an exit code that means something.
//
// It speaks in model's nouns and asks a Machine, which it declares here; main hands it one.
package cli

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/ui"
)

// A Machine is what commands ask and order: what the screen does, and what only scripts need.
type Machine interface {
	ui.Machine
	// Run observes the machine and keeps it while no other process does, until the context ends.
	Run(ctx context.Context)
	// Fleet looks at everything once.
	Fleet(ctx context.Context) (model.Fleet, error)
	// Keeping reports whether this process is the keeper.
	Keeping() bool
	// Exec runs a command in an instance on the given streams and returns its exit code.
	Exec(ctx context.Context, id model.InstanceID, command []string, in io.Reader, out, errs io.Writer) (int, error)
	// Terminal is Exec on a terminal, which is raw meanwhile.
	Terminal(ctx context.Context, id model.InstanceID, command []string, in io.Reader, out io.Writer) (int, error)
	// ReadOrder reads an order file.
	ReadOrder(path string) (model.Order, error)
	// LeaveKeeper starts a process that keeps the machine when this one ends, if there is anything to keep.
	LeaveKeeper(ctx context.Context) error
	// Screen is what the configuration says of the screen.
	Screen() Screen
	Close() error
}

// A Screen is what the screen is opened with, beyond the flags.
type Screen struct {
	User                string
	Keys                map[string][]string // rebindings
	Color               string              // where no flag says
	ASCII               bool
	Mouse               bool
	Notify              bool
	Fingerprint, CAFile string // of the authority that signs instances' certificates
}

// Globals are the flags of every command. Each is also an environment variable, BERTH_HOME and so on.
type Globals struct {
	Home     string
	Simulate string
	Demo     bool
	Color    string
	ASCII    bool
}

// An Opener makes the Machine that the flags ask for.
type Opener func(ctx context.Context, g Globals) (Machine, error)

// Exit codes. They are part of the interface: the man page lists them.
const (
	ExitOK      = 0
	ExitFailed  = 1 // it was tried and didn't work
	ExitUsage   = 2 // the words were wrong: nothing was tried
	ExitAbsent  = 3 // no such instance or template
	ExitRefused = 4 // not possible now: GPUs held, disk promised, wrong phase
)

// exit carries the exit code of a command that ran elsewhere.
type exit struct{ code int }

func (e exit) Error() string { return "" }

// errUsage marks errors of the words themselves.
var errUsage = errors.New("usage")

// Code is the exit code for what Execute returned.
func Code(err error) int {
	var other exit
	var faults model.Faults
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &other):
		return other.code
	case errors.Is(err, model.ErrNoInstance):
		return ExitAbsent
	case errors.Is(err, model.ErrGPUsTaken), errors.Is(err, model.ErrDiskFull), errors.Is(err, model.ErrNotAllowed):
		return ExitRefused
	case errors.Is(err, errUsage), errors.As(err, &faults):
		return ExitUsage
	}
	return ExitFailed
}

// A program is what commands share.
type program struct {
	open    Opener
	globals Globals
	version string
	json    bool
}

// Root is the whole command line. Without a subcommand it opens the screen.
func Root(open Opener, version string) *cobra.Command {
	p := &program{open: open, version: version}
	root := &cobra.Command{
		Use:   "berth",
		Short: "turn this GPU machine into a small cloud of exclusive-GPU Docker instances",
		Args:  cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: p.screen,
	}
	root.Version = version
	p.globalFlags(root)
	root.AddCommand(p.commands()...)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return errors.Join(errUsage, err) })
	return root
}

// commands are all subcommands.
func (p *program) commands() []*cobra.Command {
	return append([]*cobra.Command{
		p.ls(), p.gpus(), p.show(), p.ports(), p.launch(), p.label(), p.logs(), p.exec(), p.templates(),
		p.serve(), p.versionCommand(),
	}, p.acts()...)
}

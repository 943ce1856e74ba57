// Package cli is the command line: for scripts it does what the screen does for people. Every command says in its first
// help line what it does. It prints a table for people or, with --json, the objects of the API (docs/environment.md, part 7).
// Its exit code says what happened (exit.go).
//
// It uses model's types and a Backend, which it declares here and main supplies. Only a command's result goes to
// standard output; every other message goes to standard error. Begin reading with Backend and Root.
package cli

import (
	"context"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/ui"
)

// A Backend is what commands ask and give orders to: everything that the screen needs, and what only commands need.
// Each part is declared beside the commands that use it.
type Backend interface {
	ui.Backend
	machine
	keeper
	server
	finder
	prober
	streams
	instanceKeys
	orderFiles
	logins
	apiKeys
	notifier
	volumes
	reservations
	gpuCare
}

// A machine is opened for one command, or for a session of commands.
type machine interface {
	// Screen returns the configuration of the screen.
	Screen() Screen
	// Doctor checks what works on this machine and what doesn't.
	Doctor(ctx context.Context) []model.Finding
	Close() error
}

// A Screen is the configuration that the screen is opened with, in addition to the flags.
type Screen struct {
	User                string
	Keys                map[string][]string // key bindings that replace the defaults
	Color               string              // used if no flag is given
	ASCII               bool
	Mouse               bool
	Notify              bool
	Fingerprint, CAFile string // of the authority that signs the instances' certificates
}

// Globals are the flags of every command. Each is also an environment variable: BERTH_HOME and so on.
type Globals struct {
	Home     string
	Config   string // the machine's configuration file; empty: its usual place
	Simulate string
	Demo     bool
	Cluster  bool
	Color    string
	ASCII    bool
	Verbose  bool // log the keeper to standard error; not a flag, `serve` sets it
}

// An Opener opens the Backend that the flags ask for.
type Opener func(ctx context.Context, g Globals) (Backend, error)

// A Wiring is what main passes to the command line.
type Wiring struct {
	Open Opener
	// Look is what the configuration says of the screen, without a machine and its authority.
	Look    func(g Globals) (Screen, error)
	Version string
	Commit  string // the commit it was built from; empty if unknown
	Schema  int    // version of the ledger's schema
	// Code returns the exit code of an error that only the backend knows, or ExitOK if it doesn't know the error.
	Code func(error) int
	// CheckConfig says what a configuration file decides, or everything that is wrong in it. Config is the path of the
	// machine's file.
	CheckConfig func(path string) (summary string, err error)
	Config      string
	// Machines opens other machines by the names that --on gives.
	Machines func(names []string, g Globals) (Machines, error)
	// Over returns the screen over these machines.
	Over func(Machines) (ui.Backend, error)
	// Cluster opens the Kubernetes cluster of --cluster; nil in a build without it.
	Cluster func(g Globals) (Cluster, error)
	// Shared is the state folder for all users of the machine, which setup makes.
	Shared string
}

// A program is the state that commands share during one run.
type program struct {
	Wiring
	globals Globals
	json    bool
	printed bool // JSON has been printed: nothing may follow it on standard output
	keys    keyboard
	on      machinesFlag
	away    *away    // the machines that a listing is of; nil: this one
	words   []string // the command line
	// session is the opened machine of an accessible session, which runs many commands; otherwise nil.
	session Backend
}

// Root returns the command tree, for callers that read it instead of running it. Without a subcommand it opens the
// screen.
func Root(w Wiring) *cobra.Command { return (&program{Wiring: w}).root() }

func (p *program) root() *cobra.Command {
	var accessible, version bool
	root := &cobra.Command{
		Use:   "berth",
		Short: "turn this GPU machine into a small cloud of exclusive-GPU Docker instances",
		Long: "berth turns one GPU machine into a small cloud: Docker instances with GPUs of their own, random ports and\n" +
			"three launch modes. Without a command it opens the screen; every screen has a command for scripts.",
		Args: noWords, SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true}, SuggestionsMinimumDistance: maxDistance,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case version:
				return printVersion(c, p)
			case accessible:
				return p.accessible(c)
			}
			return p.screen(c)
		},
	}
	p.json, p.printed = false, false
	p.globalFlags(root)
	root.Flags().BoolVar(&accessible, "accessible", false, "a plain session for screen readers, line by line ("+variable("accessible")+")")
	root.Flags().BoolVarP(&version, "version", "v", false, "print the version") // cobra's own needs text/template: decision 025
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return fromEnvironment(c) }
	root.SetFlagErrorFunc(flagError)
	p.addCommands(root)
	elsewhere(p, root)
	refuseOnCluster(p, root)
	completeGlobals(root)
	return root
}

// groups returns the subcommands in the groups of the help text.
func (p *program) groups() []grouped {
	return []grouped{
		{"look", "Look:", []*cobra.Command{
			gpusCommand(p), lsCommand(p), topCommand(p), showCommand(p), portsCommand(p), connectCommand(p), usageCommand(p), historyCommand(p),
			fleetCommand(p),
		}},
		{"order", "Launch and order:", append([]*cobra.Command{launchCommand(p), reserveCommand(p), labelCommand(p), extendCommand(p)}, p.acts()...)},
		{"inside", "Get in:", []*cobra.Command{sshCommand(p), sshConfigCommand(p), execCommand(p), logsCommand(p), cpCommand(p)}},
		{"keep", "Keep for later launches:", []*cobra.Command{templatesCommand(p), snapshotCommand(p), volumeCommand(p), accountCommand(p)}},
		{"machine", "The machine and berth itself:", []*cobra.Command{
			doctorCommand(p), configCommand(p), serveCommand(p), setupCommand(p), manCommand(p), completionCommand(), versionCommand(p),
		}},
	}
}

// grouped is a group of commands under one heading of the help text.
type grouped struct {
	id, title string
	commands  []*cobra.Command
}

// addCommands adds all subcommands.
func (p *program) addCommands(root *cobra.Command) {
	for _, g := range p.groups() {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.id
			root.AddCommand(c)
		}
	}
	root.SetHelpCommandGroupID("machine")
}

// Package cli is the command line: the screen's twin for scripts. Every command says in its first line what
// it does, prints a table for people or, with --json, the objects that clients of the reference platform know,
// and ends with an exit code that means something.
//
// It speaks in model's nouns and asks a Backend, which it declares here; main hands it one. What is asked for
// goes to standard output and nothing else does: what a command has to say besides goes to standard error.
package cli

import (
	"context"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/ui"
)

// A Backend is what commands ask and order: what the screen does, and what only scripts need. It is put together from
// what each group of commands asks for, which is declared beside them.
type Backend interface {
	ui.Backend
	machine
	keeper
	server
	finder
	streams
	instanceKeys
	orderFiles
	logins
	apiKeys
}

// A machine is opened for one command, or for a session of them.
type machine interface {
	// Screen is what the configuration says of the screen.
	Screen() Screen
	// Doctor says what works here and what doesn't.
	Doctor(ctx context.Context) []model.Finding
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
	Verbose  bool // the keeper's log goes to standard error: not a flag, `serve` asks for it
}

// An Opener makes the Backend that the flags ask for.
type Opener func(ctx context.Context, g Globals) (Backend, error)

// A Wiring is what main hands the command line.
type Wiring struct {
	Open    Opener
	Version string
	Commit  string // that it was built from; empty where nobody said
	Schema  int    // of the ledger that it reads and writes
	// Code is the exit code of an error of a kind that only the machine's maker knows, or ExitOK.
	Code func(error) int
	// Shared is the state folder for all users of the machine, which setup makes.
	Shared string
}

// A program is what commands share during one run.
type program struct {
	Wiring
	globals Globals
	json    bool
	printed bool // JSON has been printed: nothing may follow it on standard output
	keys    keyboard
	// session is the machine of an accessible session, which runs many commands; nil for one command alone.
	session Backend
}

// Root is the whole command line, for whoever reads it instead of running it. Without a subcommand it opens the
// screen.
func Root(w Wiring) *cobra.Command { return (&program{Wiring: w}).root() }

func (p *program) root() *cobra.Command {
	var accessible bool
	root := &cobra.Command{
		Use:   "berth",
		Short: "turn this GPU machine into a small cloud of exclusive-GPU Docker instances",
		Long: "berth turns one GPU machine into a small cloud: Docker instances with GPUs of their own, random ports and\n" +
			"three launch modes. Without a command it opens the screen; every screen has a command for scripts.",
		Args: noWords, SilenceUsage: true, SilenceErrors: true, Version: p.Version,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true}, SuggestionsMinimumDistance: near,
		RunE: func(c *cobra.Command, _ []string) error {
			if accessible {
				return p.accessible(c)
			}
			return p.screen(c)
		},
	}
	p.json, p.printed = false, false
	p.globalFlags(root)
	root.Flags().BoolVar(&accessible, "accessible", false, "a plain session for screen readers, line by line ("+variable("accessible")+")")
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return fromEnvironment(c) }
	root.SetFlagErrorFunc(flagError)
	root.SetVersionTemplate("berth {{.Version}}\n")
	p.addCommands(root)
	completeGlobals(root)
	return root
}

// groups are the subcommands as the help shows them.
func (p *program) groups() []grouped {
	return []grouped{
		{"look", "Look:", []*cobra.Command{
			gpusCommand(p), lsCommand(p), topCommand(p), showCommand(p), portsCommand(p), connectCommand(p), usageCommand(p), historyCommand(p),
		}},
		{"order", "Launch and order:", append([]*cobra.Command{launchCommand(p), labelCommand(p)}, p.acts()...)},
		{"inside", "Get in:", []*cobra.Command{sshCommand(p), sshConfigCommand(p), execCommand(p), logsCommand(p), cpCommand(p)}},
		{"keep", "Keep for later launches:", []*cobra.Command{templatesCommand(p), accountCommand(p)}},
		{"machine", "The machine and berth itself:", []*cobra.Command{
			doctorCommand(p), serveCommand(p), setupCommand(p), manCommand(p), completionCommand(), versionCommand(p),
		}},
	}
}

// grouped are commands under one heading of the help.
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

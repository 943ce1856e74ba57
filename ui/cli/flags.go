package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// globalFlags adds the flags that every command has. Each can also be given as an environment variable; the flag wins.
func (p *program) globalFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	g := &p.globals
	*g = Globals{}
	usage := func(text, name string) string { return text + " (" + variable(name) + ")" }
	f.Var((*folder)(&g.Home), "home", usage("state `folder`", "home"))
	f.Var((*file)(&g.Config), "config", usage("the machine's configuration `file`", "config"))
	f.StringVar(&g.Simulate, "simulate", "", usage("simulated `GPUs` such as h100x8; nothing is handed to containers", "simulate"))
	p.on = machinesFlag{}
	f.Var(&p.on, "on", usage("other `machines`, as ssh or [machines] of the configuration knows them: box1,box2", "on"))
	f.BoolVar(&g.Cluster, "cluster", false, usage("the Kubernetes cluster of your kubeconfig, not this machine", "cluster"))
	f.BoolVar(&g.Demo, "demo", false, usage("simulated GPUs and an engine in memory, for a look", "demo"))
	f.Var(&choice{to: &g.Color, from: colors}, "color", usage("`when` to use colours: never, auto or always", "color"))
	f.BoolVar(&g.ASCII, "ascii", false, usage("draw with plain ASCII signs", "ascii"))
}

// colors lists the values of --color.
var colors = []string{"never", "auto", "always"}

// variable returns the name of a flag's environment variable.
func variable(flag string) string { return "BERTH_" + strings.ToUpper(flag) }

// fromEnvironment sets the program's own flags from their environment variables, unless they are on the command line.
func fromEnvironment(c *cobra.Command) error {
	var errs []error
	take := func(f *pflag.Flag) {
		value := os.Getenv(variable(f.Name))
		if f.Changed || value == "" || f.Name == "help" || f.Name == "version" {
			return
		}
		if err := f.Value.Set(value); err != nil {
			errs = append(errs, usagef("%s %q: want %s", variable(f.Name), value, wanted(f)))
		}
	}
	root := c.Root()
	root.PersistentFlags().VisitAll(take)
	root.LocalNonPersistentFlags().VisitAll(take)
	return errors.Join(errs...)
}

// jsonFlag adds --json. Every command that prints a result has it.
func (p *program) jsonFlag(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVar(&p.json, "json", false, "print JSON")
	return c
}

// A choice is a flag whose value is one of a few words.
type choice struct {
	to   *string
	from []string
}

var errNotOffered = errors.New("not offered")

func (c *choice) Set(word string) error {
	if !slices.Contains(c.from, word) {
		return errNotOffered
	}
	*c.to = word
	return nil
}

func (c *choice) String() string {
	if c.to == nil { // pflag makes a zero value to compare with
		return ""
	}
	return *c.to
}

func (c *choice) Type() string { return "string" }

func (c *choice) wanted() string { return orList(c.from) }

// A folder is a flag whose value is the path of a folder, or a path at which a folder can be made.
type folder string

func (f *folder) Set(path string) error {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return errNotOffered
	}
	*f = folder(path)
	return nil
}

func (f *folder) String() string { return string(*f) }
func (f *folder) Type() string   { return "string" }
func (f *folder) wanted() string { return "a folder" }

// A file is a flag with a file's path as its value.
type file string

func (f *file) Set(path string) error {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if info, err := os.Stat(absolute); err == nil && info.IsDir() {
		return errNotOffered
	}
	*f = file(absolute)
	return nil
}

func (f *file) String() string { return string(*f) }
func (f *file) Type() string   { return "string" }
func (f *file) wanted() string { return "a file" }

// A count is a flag with a whole number of 0 or more as its value.
type count int

func (n *count) Set(word string) error {
	var to int
	if word == "all" {
		word = "0"
	}
	if _, err := fmt.Sscanf(word+"\n", "%d\n", &to); err != nil || to < 0 {
		return errNotOffered
	}
	*n = count(to)
	return nil
}

func (n *count) String() string { return fmt.Sprint(int(*n)) }
func (n *count) Type() string   { return "int" }
func (n *count) wanted() string { return "a whole number, 0 or more" }

// wanted describes the values that a flag accepts.
func wanted(f *pflag.Flag) string {
	if w, ok := f.Value.(interface{ wanted() string }); ok {
		return w.wanted()
	}
	switch f.Value.Type() {
	case "bool":
		return "true or false"
	case "float64":
		return "a number"
	}
	name, _ := pflag.UnquoteUsage(f)
	return "a " + name
}

// flagError rewrites a flag error, so that it says what to type.
func flagError(c *cobra.Command, err error) error {
	var bad *pflag.InvalidValueError
	var bare *pflag.ValueRequiredError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &bad):
		return usagef("--%s %q: want %s", bad.GetFlag().Name, bad.GetValue(), wanted(bad.GetFlag()))
	case errors.As(err, &bare):
		said := fmt.Sprintf("--%s: its value is missing: want %s", bare.GetFlag().Name, wanted(bare.GetFlag()))
		if bare.GetSpecifiedName() == "h" { // users of other tools expect -h to be the help
			said += fmt.Sprintf("; the help is `%s --help`", c.CommandPath())
		}
		return usagef("%s", said)
	case errors.As(err, &unknown) && c.HasSubCommands() && len(c.Flags().Args()) > 0: // the word before it is wrong too
		return noWords(c, c.Flags().Args())
	case errors.As(err, &unknown):
		name := "--" + unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			name = name[1:]
		}
		hint := fmt.Sprintf("`%s --help` lists them", c.CommandPath())
		if near := flagsLike(c, unknown.GetSpecifiedName()); len(near) > 0 && len(unknown.GetSpecifiedName()) > 1 {
			hint = "did you mean " + orList(near) + "?"
		}
		if same := flagHabits[c.Name()][unknown.GetSpecifiedName()]; same != "" {
			hint = same
		}
		return usagef("%s: no such flag; %s", name, hint)
	}
	return Misuse(err)
}

// flagsLike returns a command's flags whose names are similar to a wrong one. It uses cobra's search for similar
// commands.
func flagsLike(c *cobra.Command, name string) []string {
	names := &cobra.Command{SuggestionsMinimumDistance: maxDistance}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		names.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	var out []string
	for _, alike := range names.SuggestionsFor(name) {
		out = append(out, "--"+alike)
	}
	return out
}

// exactly is like cobra's ExactArgs, but its errors name the missing argument.
func exactly(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usagef("%s: %s is missing: %s", c.Name(), names[len(args)], c.UseLine())
		case len(args) > len(names):
			hint := c.UseLine()
			if same := wordHabits[c.Name()]; same != "" {
				hint = same
			}
			return usagef("%s: %q is one word too many: %s", c.Name(), args[len(names)], hint)
		}
		return nil
	}
}

// atLeastOne is like cobra's MinimumNArgs(1), but its errors name the missing argument.
func atLeastOne(name string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return exactly(name)(c, args)
		}
		return nil
	}
}

// atMostOne is like cobra's MaximumNArgs(1), but its error names the word that is too many.
func atMostOne(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usagef("%s: %q is one word too many: %s", c.Name(), args[1], c.UseLine())
	}
	return nil
}

// maxDistance is the largest edit distance at which another command is suggested.
const maxDistance = 2

// noWords returns an error for a word that isn't a subcommand.
func noWords(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := suggest(c, args[0])
	if hint == "" {
		hint = fmt.Sprintf("`%s --help` lists them", c.CommandPath())
	}
	return usagef("%q: no such command; %s", args[0], hint)
}

// group returns a command that only contains other commands.
func group(use, short string, below ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Args: noWords, SuggestionsMinimumDistance: maxDistance,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(below...)
	return c
}

// orList formats "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

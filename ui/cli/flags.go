package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// globalFlags are every command's. Each can also be given as an environment variable; the flag wins.
func (p *program) globalFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	g := &p.globals
	*g = Globals{}
	usage := func(text, name string) string { return text + " (" + variable(name) + ")" }
	f.Var((*folder)(&g.Home), "home", usage("state `folder`", "home"))
	f.StringVar(&g.Simulate, "simulate", "", usage("simulated `GPUs` such as h100x8; nothing is handed to containers", "simulate"))
	f.BoolVar(&g.Demo, "demo", false, usage("simulated GPUs and an engine in memory, for a look", "demo"))
	f.Var(&choice{to: &g.Color, from: colors}, "color", usage("`when` to use colours: never, auto or always", "color"))
	f.BoolVar(&g.ASCII, "ascii", false, usage("draw with plain ASCII signs", "ascii"))
}

// colors are the words of --color.
var colors = []string{"never", "auto", "always"}

// variable is the environment variable of a flag.
func variable(flag string) string { return "BERTH_" + strings.ToUpper(flag) }

// fromEnvironment gives the flags of the program itself that the words leave open their variables' values.
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

// jsonFlag is the flag of every command that answers with something.
func (p *program) jsonFlag(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVar(&p.json, "json", false, "print JSON")
	return c
}

// A choice is a flag that takes one of a few words.
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
	if c.to == nil { // as pflag makes one to see its zero value
		return ""
	}
	return *c.to
}

func (c *choice) Type() string { return "string" }

func (c *choice) wanted() string { return orList(c.from) }

// A folder is a flag that takes a folder's path, or one that a folder can be made at.
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

// A count is a flag that takes a whole number from 0 up.
type count int

func (n *count) Set(word string) error {
	var to int
	if _, err := fmt.Sscanf(word+"\n", "%d\n", &to); err != nil || to < 0 {
		return errNotOffered
	}
	*n = count(to)
	return nil
}

func (n *count) String() string { return fmt.Sprint(int(*n)) }
func (n *count) Type() string   { return "int" }
func (n *count) wanted() string { return "a whole number, 0 or more" }

// wanted says what a flag takes.
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

// flagError says what is wrong with the flags, in words that say what to type.
func flagError(c *cobra.Command, err error) error {
	var bad *pflag.InvalidValueError
	var bare *pflag.ValueRequiredError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &bad):
		return usagef("--%s %q: want %s", bad.GetFlag().Name, bad.GetValue(), wanted(bad.GetFlag()))
	case errors.As(err, &bare):
		said := fmt.Sprintf("--%s: its value is missing: want %s", bare.GetFlag().Name, wanted(bare.GetFlag()))
		if bare.GetSpecifiedName() == "h" { // by habit it is the help that is meant
			said += fmt.Sprintf("; the help is `%s --help`", c.CommandPath())
		}
		return usagef("%s", said)
	case errors.As(err, &unknown):
		name := "--" + unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			name = name[1:]
		}
		hint := fmt.Sprintf("`%s --help` lists them", c.CommandPath())
		if alike := flagsLike(c, unknown.GetSpecifiedName()); len(alike) > 0 {
			hint = "did you mean " + orList(alike) + "?"
		}
		return usagef("%s: no such flag; %s", name, hint)
	}
	return Misuse(err)
}

// flagsLike are a command's flags that a wrong one may have been meant for, found as commands are.
func flagsLike(c *cobra.Command, name string) []string {
	names := &cobra.Command{SuggestionsMinimumDistance: near}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		names.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	var out []string
	for _, alike := range names.SuggestionsFor(name) {
		out = append(out, "--"+alike)
	}
	return out
}

// exactly is cobra's ExactArgs in words that name what is missing.
func exactly(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usagef("%s: %s is missing: %s", c.Name(), names[len(args)], c.UseLine())
		case len(args) > len(names):
			return usagef("%s: %q is one word too many: %s", c.Name(), args[len(names)], c.UseLine())
		}
		return nil
	}
}

// atLeastOne is cobra's MinimumNArgs(1) in words that name what is missing.
func atLeastOne(name string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return exactly(name)(c, args)
		}
		return nil
	}
}

// near is how many letters a command's name may differ by to be what was meant.
const near = 2

// noWords refuses what was meant as a subcommand and is none.
func noWords(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := meant(c, args[0])
	if hint == "" {
		hint = fmt.Sprintf("`%s --help` lists them", c.CommandPath())
	}
	return usagef("%q: no such command; %s", args[0], hint)
}

// group is a command that is nothing but the commands below it.
func group(use, short string, below ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Args: noWords, SuggestionsMinimumDistance: near,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(below...)
	return c
}

// orList is "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

package cli

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"berth/model"
)

// shells lists the shells that have completions, and how to generate them.
var shells = []struct {
	name string
	// folder and file are where the shell finds completions of programs installed under a prefix.
	folder, file string
	write        func(root *cobra.Command, w io.Writer) error
}{
	{"bash", "share/bash-completion/completions", "berth", func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
	{"zsh", "share/zsh/site-functions", "_berth", (*cobra.Command).GenZshCompletion},
	{"fish", "share/fish/vendor_completions.d", "berth.fish", func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) }},
}

func completionCommand() *cobra.Command {
	var names []string
	for _, s := range shells {
		names = append(names, s.name)
	}
	return &cobra.Command{
		Use: "completion SHELL", Short: "print completions for bash, zsh or fish", Args: exactly("SHELL"), ValidArgs: names,
		Example: "  source <(berth completion bash)\n  berth completion fish > ~/.config/fish/completions/berth.fish",
		RunE: func(c *cobra.Command, args []string) error {
			for _, s := range shells {
				if s.name == args[0] {
					return s.write(c.Root(), c.OutOrStdout())
				}
			}
			return usagef("completion %q: want %s", args[0], orList(names))
		},
	}
}

// A completer returns completions for the word that is being typed.
type completer = cobra.CompletionFunc

const noFiles = cobra.ShellCompDirectiveNoFileComp

// offer returns a completer that asks the machine, with a timeout because the user waits after pressing Tab. On an
// error it offers nothing: an error message would disturb the prompt.
func (p *program) offer(ask func(context.Context, Backend) []cobra.Completion) completer {
	const patience = 2 * time.Second
	return func(c *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx := c.Context()
		if ctx == nil {
			ctx = context.Background()
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		var words []cobra.Completion
		if fromEnvironment(c) != nil {
			return nil, noFiles
		}
		_ = p.with(ctx, func(m Backend) error {
			words = ask(ctx, m)
			return nil
		})
		return words, noFiles
	}
}

// firstWord restricts a completer to a command's first word.
func firstWord(offer completer) completer {
	return func(c *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, noFiles
		}
		return offer(c, args, typed)
	}
}

// completeInstances offers the instances, for a command's first word.
func (p *program) completeInstances(c *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return firstWord(p.completeManyInstances)(c, args, typed)
}

// completeManyInstances offers the instances that aren't on the command line yet.
func (p *program) completeManyInstances(c *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return p.offer(func(ctx context.Context, m Backend) []cobra.Completion {
		instances, _ := m.Instances(ctx)
		var words []cobra.Completion
		for _, i := range instances {
			if !slices.Contains(args, i.ID.String()) {
				words = append(words, cobra.CompletionWithDesc(i.ID.String(), described(i)))
			}
		}
		return words
	})(c, args, typed)
}

// completePlaces offers instances, and files of this machine, for both ends of a copy.
func (p *program) completePlaces(c *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 1 {
		return nil, noFiles
	}
	instances, _ := p.completeInstances(c, nil, typed)
	for n, word := range instances {
		id, about, _ := strings.Cut(word, "\t")
		instances[n] = cobra.CompletionWithDesc(id+":", about)
	}
	return instances, cobra.ShellCompDirectiveNoSpace
}

// described is the description of an instance in a completion: llama-ft, running.
func described(i model.Instance) string {
	name := i.Label
	if name == "" {
		name = i.Order.Image
	}
	return name + ", " + i.Status()
}

// completeTemplates offers the templates, for a command's first word.
func (p *program) completeTemplates(c *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return firstWord(p.offer(templateNames))(c, args, typed)
}

func templateNames(ctx context.Context, m Backend) []cobra.Completion {
	templates, _ := m.Templates(ctx)
	var words []cobra.Completion
	for _, t := range templates {
		words = append(words, cobra.CompletionWithDesc(t.Name, t.Description))
	}
	return words
}

// completeAccount offers items of the account for a command's first word.
func completeAccount(p *program, of func(model.Account) []string) completer {
	return firstWord(p.offer(accountWords(of)))
}

func accountWords(of func(model.Account) []string) func(context.Context, Backend) []cobra.Completion {
	return func(ctx context.Context, m Backend) []cobra.Completion {
		a, _ := m.Account(ctx)
		return of(a)
	}
}

// completeGlobals offers values for the flags that all commands have.
func completeGlobals(root *cobra.Command) {
	offerFor(root, map[string]completer{
		"on":       cobra.FixedCompletions(nil, noFiles),
		"color":    cobra.FixedCompletions(colors, noFiles),
		"simulate": cobra.FixedCompletions([]string{"a100x8", "h100x8", "h200x8", "b200x8"}, noFiles),
		"home": func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	})
}

// offerFor registers completers for the values of flags.
func offerFor(c *cobra.Command, offers map[string]completer) {
	for flag, offer := range offers {
		if err := c.RegisterFlagCompletionFunc(flag, offer); err != nil {
			panic(err) // the command has no such flag
		}
	}
}

// completeOrder offers values for launch's flags.
func completeOrder(p *program, c *cobra.Command) {
	offerFor(c, map[string]completer{
		"template": p.offer(templateNames),
		"mode":     cobra.FixedCompletions(words(model.Modes), noFiles),
		"image": p.offer(func(ctx context.Context, m Backend) []cobra.Completion {
			images, _ := m.Images(ctx)
			return images
		}),
		"folder":   p.offer(folderNames),
		"volume":   p.offer(volumeNames),
		"registry": p.offer(accountWords(func(a model.Account) []string { return a.Registries })),
		"gpu-model": p.offer(func(ctx context.Context, m Backend) []cobra.Completion {
			f, _ := m.Fleet(ctx)
			return slices.Compact(model.CapacityOf(f, model.Account{}).Models())
		}),
	})
}

// folderNames are those of the machine that this user may have.
func folderNames(ctx context.Context, m Backend) []cobra.Completion {
	f, _ := m.Fleet(ctx)
	a, _ := m.Account(ctx)
	names := []cobra.Completion{cobra.CompletionWithDesc(model.NoFolder, "no folder at all")}
	for _, folder := range f.Policy.OpenFolders(a) {
		names = append(names, cobra.CompletionWithDesc(folder.Name, folder.Note))
	}
	return names
}

// volumeNames are those of the machine.
func volumeNames(ctx context.Context, m Backend) []cobra.Completion {
	f, _ := m.Fleet(ctx)
	var names []cobra.Completion
	for _, v := range f.Volumes {
		names = append(names, cobra.CompletionWithDesc(v.Name, v.Size.String()+" of "+v.Owner+", "+v.State()))
	}
	return names
}

// words are values as their texts.
func words[T ~string](values []T) []string {
	out := make([]string, len(values))
	for n, v := range values {
		out[n] = string(v)
	}
	return out
}

package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func manCommand(p *program) *cobra.Command {
	var folder string
	c := &cobra.Command{
		Use: "man [COMMAND...]", Short: "print a man page, or write all of them", Example: "  berth man launch | man -l -\n  berth man --dir ~/.local/share/man/man1",
		RunE: func(c *cobra.Command, args []string) error {
			if folder != "" {
				return writePages(p, c, folder)
			}
			of, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("man %q: no such command; `berth --help` lists them", strings.Join(args, " "))
			}
			return p.page(of, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&folder, "dir", "", "write the pages of all commands into this `folder`")
	return c
}

func writePages(p *program, c *cobra.Command, folder string) error {
	for _, of := range available(c.Root()) {
		var b bytes.Buffer
		if err := p.page(of, &b); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, pageName(of)), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// available returns a command and all commands below it, without hidden ones.
func available(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, below := range c.Commands() {
		if below.IsAvailableCommand() {
			all = append(all, available(below)...)
		}
	}
	return all
}

// pageName is the file name of a command's man page, such as berth-account-ssh.1.
func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1" }

// page writes a command's man page. The root's page also has what all commands share: exit codes, environment and
// files.
func (p *program) page(c *cobra.Command, w io.Writer) error {
	c.InitDefaultHelpFlag()
	r := roff{}
	fmt.Fprintf(&r, ".nh\n.TH %q \"1\" %q %q berth\n", strings.ToUpper(strings.TrimSuffix(pageName(c), ".1")), pageDate(), "berth "+p.Version)
	r.section("NAME")
	fmt.Fprintf(&r, "%s \\- %s\n", escaped(strings.TrimSuffix(pageName(c), ".1")), escaped(c.Short))
	r.section("SYNOPSIS")
	fmt.Fprintf(&r, "\\fB%s\\fP\n", escaped(c.UseLine()))
	r.section("DESCRIPTION")
	r.paragraphs(cmp.Or(c.Long, c.Short))
	r.options("OPTIONS", c.NonInheritedFlags())
	r.options("OPTIONS OF ALL COMMANDS", c.InheritedFlags())
	if c.Example != "" {
		r.section("EXAMPLE")
		r.verbatim(c.Example)
	}
	if !c.HasParent() {
		r.general(c, p)
	}
	r.section("SEE ALSO")
	r.paragraphs(strings.Join(related(c), ", "))
	_, err := io.WriteString(w, r.String())
	return err
}

// general adds to the root's page what all commands share.
func (r *roff) general(c *cobra.Command, p *program) {
	r.section("EXIT STATUS")
	for _, e := range exits {
		r.item(fmt.Sprint(e.code), e.meaning)
	}
	r.paragraphs("exec and ssh end with the exit code of their command.")
	r.section("ENVIRONMENT")
	c.PersistentFlags().VisitAll(func(f *pflag.Flag) { r.item(variable(f.Name), "as --"+f.Name+", which wins") })
	r.item(variable("accessible"), "as --accessible")
	r.item("DOCKER_HOST", "the engine, as for the docker command")
	r.item("NO_COLOR", "where set, no colours unless --color says so")
	r.section("FILES")
	for _, f := range p.files() {
		r.item(f[0], f[1])
	}
}

// pageDate is the month that a page is of. A package's builder sets it by SOURCE_DATE_EPOCH, to get the same bytes again.
func pageDate() string {
	now := time.Now()
	if epoch, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		now = time.Unix(epoch, 0).UTC()
	}
	return now.Format("Jan 2006")
}

// related are the pages of the commands above and below one.
func related(c *cobra.Command) []string {
	var names []string
	if c.HasParent() {
		names = append(names, pageName(c.Parent()))
	}
	for _, below := range available(c)[1:] {
		if below.Parent() == c {
			names = append(names, pageName(below))
		}
	}
	for n, name := range names {
		names[n] = "`" + strings.TrimSuffix(name, ".1") + "`(1)"
	}
	return names
}

// files returns the files that the man page describes.
func (p *program) files() [][2]string {
	return [][2]string{
		{p.Shared, "the ledger that all users of the machine share, where `berth setup` made it"},
		{"~/.local/state/berth", "the ledger of a user alone, where there is no shared one"},
		{"/etc/berth/config.toml, ~/.config/berth/config.toml", "configuration, the second over the first; what the machine's owner decides is in the first alone"},
		{"/etc/berth/templates, ~/.config/berth/templates", "templates, a TOML file each"},
		{"~/.config/berth/registries.toml", "logins to private registries, for its owner alone to read"},
	}
}

// A roff builds text in the markup language of man pages.
type roff struct{ strings.Builder }

// escaped escapes the characters that are special in roff. Words between backticks are bold.
func escaped(s string) string {
	for n, part := range strings.Split(s, "`") {
		switch {
		case n == 0:
			s = ""
		case n%2 == 1:
			s += `\fB`
		default:
			s += `\fP`
		}
		s += special.Replace(part)
	}
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

var special = strings.NewReplacer(`\`, `\e`, "-", `\-`, "~", `\(ti`, "^", `\(ha`)

func (r *roff) section(name string) { fmt.Fprintf(r, ".SH %s\n", name) }
func (r *roff) item(name, meaning string) {
	fmt.Fprintf(r, ".TP\n\\fB%s\\fP\n%s\n", escaped(name), escaped(meaning))
}

// paragraphs writes text whose paragraphs have an empty line between them. One that is indented is left as it is.
func (r *roff) paragraphs(text string) {
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if strings.HasPrefix(paragraph, " ") {
			r.verbatim(paragraph)
			continue
		}
		r.WriteString(".PP\n")
		for line := range strings.SplitSeq(strings.Trim(paragraph, "\n"), "\n") {
			fmt.Fprintln(r, escaped(line))
		}
	}
}

// verbatim writes lines as they are, without the two blanks that help texts indent them by.
func (r *roff) verbatim(lines string) {
	r.WriteString(".PP\n.RS\n.nf\n")
	for line := range strings.SplitSeq(strings.Trim(lines, "\n"), "\n") {
		fmt.Fprintln(r, escaped(strings.TrimPrefix(line, "  ")))
	}
	r.WriteString(".fi\n.RE\n")
}

// options writes the flags that a help text would show, as it shows them.
func (r *roff) options(title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	r.section(title)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Deprecated != "" {
			return
		}
		word, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		fmt.Fprintf(r, ".TP\n\\fB%s\\fP", escaped(name))
		if word != "" {
			fmt.Fprintf(r, " \\fI%s\\fP", escaped(word))
		}
		fmt.Fprintf(r, "\n%s\n", escaped(usage))
	})
}

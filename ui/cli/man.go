package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
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
	c.Root().DisableAutoGenTag = true
	err := doc.GenMan(c, &doc.GenManHeader{Section: "1", Source: "berth " + p.Version, Manual: "berth"}, w)
	if err != nil || c.HasParent() {
		return err
	}
	r := roff{}
	r.section("EXIT STATUS")
	for _, e := range exits {
		r.item(fmt.Sprint(e.code), e.meaning)
	}
	r.paragraph("exec and ssh end with the exit code of their command.")
	r.section("ENVIRONMENT")
	c.PersistentFlags().VisitAll(func(f *pflag.Flag) { r.item(variable(f.Name), "as --"+f.Name+", which wins") })
	r.item(variable("accessible"), "as --accessible")
	r.item("DOCKER_HOST", "the engine, as for the docker command")
	r.item("NO_COLOR", "where set, no colours unless --color says so")
	r.section("FILES")
	for _, f := range p.files() {
		r.item(f[0], f[1])
	}
	_, err = io.WriteString(w, r.String())
	return err
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

// escaped escapes the characters that are special in roff.
func escaped(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "~", `\(ti`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

func (r *roff) section(name string) { fmt.Fprintf(r, ".SH %s\n", name) }
func (r *roff) item(name, meaning string) {
	fmt.Fprintf(r, ".TP\n\\fB%s\\fP\n%s\n", escaped(name), escaped(meaning))
}
func (r *roff) paragraph(text string) { fmt.Fprintf(r, ".PP\n%s\n", escaped(text)) }

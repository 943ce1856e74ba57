package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"

	"github.com/spf13/cobra"

	"berth/model"
)

func templatesCommand(p *program) *cobra.Command {
	list := listTemplates(p, &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "list the templates", Args: exactly()})
	c := group("templates", "list, show, save and delete templates", list, showTemplateCommand(p), saveTemplateCommand(p), deleteTemplateCommand(p))
	return listTemplates(p, c)
}

// listTemplates makes a command list the templates.
func listTemplates(p *program, c *cobra.Command) *cobra.Command {
	f := &listFlags{p: p}
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.with(c.Context(), func(m Backend) error {
			templates, broken := m.Templates(c.Context())
			return errors.Join(f.print(c, templateListing(templates)), broken)
		})
	}
	return f.add(c, "name", "image", "mode", "from")
}

func templateListing(templates []model.Template) listing {
	l := listing{
		columns: []col{
			{Title: "NAME", Fit: true}, {Title: "IMAGE", Min: 14, Good: 30}, {Title: "MODE", Fit: true}, {Title: "GPUS", Fit: true, Right: true},
			{Title: "FROM", Fit: true, Rank: 2}, {Title: "DESCRIPTION", Min: 20, Rank: 1},
		},
		wide: cols("DISK", "OPTIONS", "FILE"),
	}
	for _, t := range templates {
		o := t.WithDefaults()
		l.rows = append(l.rows, listed{
			name: t.Name, object: t,
			facts: map[string]string{"name": t.Name, "image": t.Image, "mode": string(o.Mode), "from": string(t.Source)},
			cells: []string{
				t.Name, t.Image, string(o.Mode), strconv.Itoa(t.GPUs), string(t.Source), t.Description,
				fmt.Sprintf("%gG", o.Disk), t.Options, t.Path,
			},
		})
	}
	return l
}

func showTemplateCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "show NAME", Short: "print a template as a file that save and launch -f read", Args: exactly("NAME"),
		ValidArgsFunction: p.completeTemplates,
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), func(m Backend) error {
				t, err := template(c, m, args[0])
				if err != nil {
					return err
				}
				if p.json {
					return p.printJSON(c.OutOrStdout(), t)
				}
				return m.WriteTemplate(c.OutOrStdout(), t)
			})
		},
	})
}

func saveTemplateCommand(p *program) *cobra.Command {
	var file, name string
	c := &cobra.Command{
		Use: "save -f FILE [--name NAME]", Short: "keep a file as a template of yours", Args: exactly(),
		Example: "  berth templates show pytorch > mine.toml\n  berth templates save -f mine.toml --name mine",
		RunE: func(c *cobra.Command, _ []string) error {
			if file == "" {
				return usagef("--file: its value is missing: want a template file, or - for standard input")
			}
			return p.with(c.Context(), func(m Backend) error {
				t, err := m.ReadTemplate(standardInput(file))
				if err != nil {
					return fileError(file, err)
				}
				if name != "" {
					t.Name = name
				}
				return done(c, m.SaveTemplate(c.Context(), t), "template %q saved", t.Name)
			})
		},
	}
	c.Flags().StringVarP(&file, "file", "f", "", "template `file` (TOML); - is standard input")
	c.Flags().StringVar(&name, "name", "", "its `name`, in place of the file's")
	return c
}

func deleteTemplateCommand(p *program) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "delete NAME", Short: "delete a template of yours", Args: exactly("NAME"), ValidArgsFunction: p.completeTemplates,
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), func(m Backend) error {
				if t, err := template(c, m, args[0]); err == nil && t.Source == model.SourceUser {
					if err := (asker{p, c}).unless(yes, model.GuardOfTemplate(t)); err != nil {
						return err
					}
				}
				return done(c, m.DeleteTemplate(c.Context(), args[0]), "template %q deleted", args[0])
			})
		},
	}
	yesFlag(c.Flags(), &yes)
	return c
}

// standardInput returns the path of a file. It returns that of standard input for -.
func standardInput(file string) string {
	if file == "-" {
		return "/dev/stdin"
	}
	return file
}

// fileError names the flag if the file can't be read. An error in a file's content names the file already.
func fileError(file string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return usagef("--file %q: %w: want a file (TOML), or - for standard input", file, at.Err)
	}
	return err
}

// orderFiles is the part of Backend for files with orders and templates.
type orderFiles interface {
	// ReadOrder reads an order file. It also accepts a template file.
	ReadOrder(path string) (model.Order, error)
	// ReadTemplate reads a template file.
	ReadTemplate(path string) (model.Template, error)
	// WriteTemplate writes a template as a file that ReadOrder and ReadTemplate can read.
	WriteTemplate(w io.Writer, t model.Template) error
}

// template finds a template by its name. If there is none, the error includes the templates that can't be read: one of
// them may be it.
func template(c *cobra.Command, m orderSource, name string) (model.Template, error) {
	templates, broken := m.Templates(c.Context())
	var names []string
	for _, t := range templates {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	err := absentf("%q: no such template: want %s", name, orList(names))
	return model.Template{}, errors.Join(err, broken)
}

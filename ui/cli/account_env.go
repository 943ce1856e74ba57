package cli

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"berth/model"
)

func setVarCommand(p *program) *cobra.Command {
	var files []string
	c := &cobra.Command{
		Use: "set NAME=VALUE... | NAME", Short: "keep variables; of a NAME alone the value is asked for, or read from standard input",
		Example: "  berth account env set HF_HOME=/workspace/hf\n  berth account env set HF_TOKEN < token.txt",
		Args: func(c *cobra.Command, args []string) error {
			if len(args)+len(files) == 0 {
				return usagef("set: NAME=VALUE is missing: %s", c.UseLine())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			vars, err := variables(p, c, args)
			if err != nil {
				return err
			}
			for _, name := range files {
				read, err := readEnvFile(name)
				if err != nil {
					return err
				}
				vars = append(read, vars...)
			}
			return p.with(c.Context(), func(m Backend) error {
				for _, v := range vars {
					if err := done(c, m.SetVar(c.Context(), v), "kept %s", v.Name); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	c.Flags().StringArrayVar(&files, "env-file", nil, "also the variables of a .env `file` (repeatable)")
	return c
}

// maxEnvFile is more than the variables of one instance may have in all.
const maxEnvFile = 1 << 20

// readEnvFile reads the variables of a .env file, which is standard input if its name is -.
func readEnvFile(name string) ([]model.Var, error) {
	f, err := os.Open(standardInput(name))
	if err != nil {
		return nil, usagef("--env-file: %w", err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	text, err := io.ReadAll(io.LimitReader(f, maxEnvFile))
	if err != nil {
		return nil, usagef("--env-file: %w", err)
	}
	vars, err := model.EnvVars(string(text))
	if err != nil {
		return nil, usagef("--env-file %s: %w", name, err)
	}
	for _, v := range vars {
		if err := v.Check(); err != nil {
			return nil, usagef("--env-file %s: %w", name, err)
		}
	}
	return vars, nil
}

// variables parses NAME=VALUE words. If one is wrong, it returns the faults of all of them and the caller sets none.
func variables(p *program, c *cobra.Command, args []string) ([]model.Var, error) {
	var vars []model.Var
	var faults model.Faults
	for _, arg := range args {
		name, value, given := strings.Cut(arg, "=")
		if !given && len(args) > 1 {
			return nil, usagef("%q: its value is missing: want NAME=VALUE, or one NAME alone whose value is asked for", arg)
		}
		if !given {
			var err error
			if value, err = p.secret(c, "value of "+name, false); err != nil {
				return nil, err
			}
			if value == "" {
				return nil, usagef("%[1]q: no value came: type or pipe one, or write %[1]s=VALUE; %[1]s= keeps an empty one", name)
			}
		}
		v := model.Var{Name: name, Value: value}
		var fault model.Fault
		if errors.As(v.Check(), &fault) {
			faults = append(faults, fault)
		}
		vars = append(vars, v)
	}
	return vars, faults.Err()
}

// A wireVar is a variable as --json prints it. Its value is null unless --show is given.
type wireVar struct {
	Name  string  `json:"name"`
	Value *string `json:"value"`
}

// mask replaces a value that isn't shown. Its length says nothing about the value's length.
const mask = "********"

func listVarsCommand(p *program) *cobra.Command {
	var show bool
	c := p.jsonFlag(&cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "list the variables, their values masked", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), func(m Backend) error {
				a, err := m.Account(c.Context())
				if err != nil {
					return err
				}
				if p.json {
					return p.printJSON(c.OutOrStdout(), wireVars(a.Env, show))
				}
				t := newTable(c, cols("NAME", "VALUE"))
				for _, v := range wireVars(a.Env, show) {
					value := mask
					if v.Value != nil {
						value = model.QuoteWord(*v.Value)
					}
					t.row(v.Name, value)
				}
				return t.flush()
			})
		},
	})
	c.Flags().BoolVar(&show, "show", false, "show the values")
	return c
}

func wireVars(vars []model.Var, show bool) []wireVar {
	out := make([]wireVar, len(vars))
	for n, v := range vars {
		out[n].Name = v.Name
		if show {
			out[n].Value = &v.Value
		}
	}
	return out
}

func unsetVarCommand(p *program) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "unset NAME", Short: "forget a variable", Args: exactly("NAME"), ValidArgsFunction: completeAccount(p, varNames),
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), func(m Backend) error {
				a, err := m.Account(c.Context())
				if err == nil && slices.Contains(varNames(a), args[0]) {
					err = (asker{p, c}).unless(yes, model.GuardOfKept(args[0]))
				}
				if err != nil {
					return err
				}
				return done(c, m.UnsetVar(c.Context(), args[0]), "forgot %s", args[0])
			})
		},
	}
	yesFlag(c.Flags(), &yes)
	return c
}

func varNames(a model.Account) []string {
	var names []string
	for _, v := range a.Env {
		names = append(names, v.Name)
	}
	return names
}

package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"berth/model"
)

// logins is the part of Backend for logins to private registries.
type logins interface {
	Logins(ctx context.Context) ([]model.Login, error)
	PutLogin(ctx context.Context, l model.Login, password string) error
	RemoveLogin(ctx context.Context, host string) error
}

func loginCommand(p *program) *cobra.Command {
	var user string
	var stdin bool
	c := &cobra.Command{
		Use: "login HOST", Aliases: []string{"add"}, Short: "keep a login to a private registry, for launches that name it", Args: exactly("HOST"),
		Long: "login keeps a registry's login in a file that only you can read. Nothing is sent to the registry: a launch that\n" +
			"names it pulls with it. The password is asked for, or read from standard input.",
		Example: "  berth account registry login ghcr.io --user maria\n  pass show ghcr | berth account registry login ghcr.io --user maria --password-stdin",
		RunE: func(c *cobra.Command, args []string) error {
			if user == "" && stdin {
				return usagef("--user: its value is missing: want the name to log in by, as standard input is the password")
			}
			l := model.Login{Host: args[0], User: user}
			var err error
			if l.User == "" {
				if l.User, err = p.ask(c.Context(), c, "user: "); err != nil {
					return err
				}
			}
			password, err := p.secret(c, "password of "+l.User+" at "+l.Host, stdin)
			if err != nil {
				return err
			}
			return p.with(c.Context(), func(m Backend) error {
				return done(c, m.PutLogin(c.Context(), l, password), "kept the login to %s as %s", l.Host, l.User)
			})
		},
	}
	c.Flags().StringVarP(&user, "user", "u", "", "`name` to log in by")
	c.Flags().BoolVar(&stdin, "password-stdin", false, "read the password from standard input")
	return c
}

func listLoginsCommand(p *program) *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "list the registries you have a login for", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), func(m Backend) error {
				logins, err := m.Logins(c.Context())
				if err != nil {
					return err
				}
				if p.json {
					return p.printJSON(c.OutOrStdout(), append([]model.Login{}, logins...))
				}
				t := newTable(c, cols("REGISTRY", "USER"))
				for _, l := range logins {
					t.row(l.Host, l.User)
				}
				return t.flush()
			})
		},
	})
}

func logoutCommand(p *program) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "logout HOST", Aliases: []string{"remove", "rm"}, Short: "forget a login", Args: exactly("HOST"),
		ValidArgsFunction: completeAccount(p, func(a model.Account) []string { return a.Registries }),
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), func(m Backend) error {
				a, err := m.Account(c.Context())
				if err == nil && slices.Contains(a.Registries, args[0]) {
					err = (asker{p, c}).unless(yes, model.GuardOfLogin(args[0]))
				}
				if err != nil {
					return err
				}
				return done(c, m.RemoveLogin(c.Context(), args[0]), "forgot the login to %s", args[0])
			})
		},
	}
	yesFlag(c.Flags(), &yes)
	return c
}
